//! tracepane-analysis
