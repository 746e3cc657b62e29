module recorder

go 1.24.0

require github.com/elazarl/goproxy v1.9.4
