//! tracepane-wire
