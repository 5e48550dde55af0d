"""The same federation on machines: a server and a node per partner, over TLS."""
