// A recording proxy on goproxy: HTTP and intercepted HTTPS, a line of JSON for each exchange.
//
//	recorder PORT CAPTURE
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/elazarl/goproxy"
)

type record struct {
	Started         time.Time
	Method          string
	URL             string
	RequestHeaders  http.Header
	Status          int
	ResponseHeaders http.Header
	Body            []byte
}

// recorder writes records in batches.
type recorder struct {
	mutex sync.Mutex
	out   *bufio.Writer
}

func (r *recorder) write(one *record) {
	line, err := json.Marshal(one)
	if err != nil {
		log.Fatal(err)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.out.Write(line)
	r.out.WriteByte('\n')
}

func (r *recorder) flushOften() {
	for range time.Tick(10 * time.Millisecond) {
		r.mutex.Lock()
		r.out.Flush()
		r.mutex.Unlock()
	}
}

// recordedBody is a response body that writes its record when it ends.
type recordedBody struct {
	io.ReadCloser
	content bytes.Buffer
	end     func(content []byte)
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.content.Write(p[:n])
	return n, err
}

func (b *recordedBody) Close() error {
	if b.end != nil {
		b.end(b.content.Bytes())
		b.end = nil
	}
	return b.ReadCloser.Close()
}

// certificates keeps the certificate of each host.
type certificates struct{ known sync.Map }

func (c *certificates) Fetch(host string, generate func() (*tls.Certificate, error)) (*tls.Certificate, error) {
	if known, ok := c.known.Load(host); ok {
		return known.(*tls.Certificate), nil
	}
	made, err := generate()
	if err == nil {
		c.known.Store(host, made)
	}
	return made, err
}

func main() {
	file, err := os.Create(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	recorder := &recorder{out: bufio.NewWriterSize(file, 1<<20)}
	go recorder.flushOften()

	proxy := goproxy.NewProxyHttpServer()
	proxy.CertStore = &certificates{}
	proxy.Tr = &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
		MaxIdleConnsPerHost: 256,
		DisableCompression:  true,
	}
	proxy.OnRequest().HandleConnect(goproxy.AlwaysMitm)
	proxy.OnRequest().DoFunc(func(req *http.Request, ctx *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		ctx.UserData = &record{Started: time.Now(), Method: req.Method, URL: req.URL.String(), RequestHeaders: req.Header}
		return req, nil
	})
	proxy.OnResponse().DoFunc(func(resp *http.Response, ctx *goproxy.ProxyCtx) *http.Response {
		one, ok := ctx.UserData.(*record)
		if resp == nil || !ok {
			return resp
		}
		one.Status, one.ResponseHeaders = resp.StatusCode, resp.Header
		resp.Body = &recordedBody{ReadCloser: resp.Body, end: func(content []byte) {
			one.Body = content
			recorder.write(one)
		}}
		return resp
	})

	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "listening at %s\n", listener.Addr())
	log.Fatal(http.Serve(listener, proxy))
}
