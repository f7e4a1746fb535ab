//! The diagnosis of red `metric` checks: recorded and scripted answers in; the gap, the control, the causes and their certainty out.
//! One file a family of causes. Each test of a cause also says that no other cause is called proven.

#[path = "../metric_kinds/scene.rs"]
#[expect(dead_code, reason = "the scene serves other tests, too")]
mod scene;

mod accepting;
mod behind;
mod found;
mod joining;
mod querying;
mod scraping;
mod scraping_in_the_dark;
mod sending;
mod stores_recorded;
mod twins;
mod whole;
