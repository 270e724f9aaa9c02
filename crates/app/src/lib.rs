//! tracepane-app
