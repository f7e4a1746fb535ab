//! What the built program says of the bundle.
