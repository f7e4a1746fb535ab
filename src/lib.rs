//! gapcheck
