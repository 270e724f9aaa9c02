//! tracepane-model
