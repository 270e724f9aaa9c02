//! tracepane-testkit
