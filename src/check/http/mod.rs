//! `http`: a URL answers as it should.

mod body;
mod form;
mod judge;

pub use body::BodyDemand;
pub use form::{Http, HttpMethod, Sending};
