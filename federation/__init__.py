"""How nodes speak: mTLS gRPC, sessions, receipts."""
