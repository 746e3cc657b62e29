/**
 * Milliseconds after which a test gives up waiting for something. Only a test that fails waits for so long, and a busy machine
 * may take this long for what it does at once when it is quiet.
 */
export const PATIENCE = 60_000;
