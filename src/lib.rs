//! gapcheck

pub mod lab;
