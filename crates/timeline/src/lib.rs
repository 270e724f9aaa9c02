//! tracepane-timeline
