//! A check on a page.

use crate::cli::explain::check::{AskDocs, CheckDocs, HopDocs};
use crate::cli::explain::page::Page;

impl CheckDocs {
    /// Writes what is told of the check on a page.
    pub(crate) fn write(&self, page: &mut Page) {
        page.heading(&self.check);
        let (file, line) = (&self.origin.file, self.origin.line);
        page.prose(&format!("{} ({file}:{line})", self.title), 2);
        if !self.needs.is_empty() {
            page.prose(
                &format!(
                    "It is judged only where these pass: {}.",
                    self.needs.join(", ")
                ),
                2,
            );
        }
        page.heading("Settings, and where each comes from");
        for setting in &self.settings {
            page.term(
                &setting.key,
                &format!("{}  ({})", setting.value, setting.place()),
            );
        }
        if !self.hops.is_empty() {
            page.heading("Hops it asks");
            self.hops.iter().for_each(|hop| write_hop(hop, page));
        }
        self.write_asks(page);
    }

    fn write_asks(&self, page: &mut Page) {
        let (later, first): (Vec<&AskDocs>, Vec<&AskDocs>) =
            self.asks.iter().partition(|ask| ask.only_where_empty);
        page.heading("What it would ask");
        page.prose("As far as it can be told without asking: answers may lead to more questions, or spare some.", 2);
        first.iter().for_each(|ask| write_ask(ask, page));
        if !later.is_empty() {
            page.heading("What it would ask where nothing is found");
            later.iter().for_each(|ask| write_ask(ask, page));
        }
        if let Some(sender) = &self.identity_of {
            page.heading("Not known yet");
            page.prose(
                &format!("`<external labels>` stands for the external labels of {sender}, by which hops after it know its series. They are read from its loaded configuration when the check is judged; labels that rules change on the way are foretold then, too. `identity:` in the suite names them here and now."),
                2,
            );
        }
    }
}

fn write_hop(hop: &HopDocs, page: &mut Page) {
    let addresses: Vec<String> = hop
        .addresses
        .iter()
        .map(|(key, url)| format!("{key} {url}"))
        .collect();
    let mut text = format!("{}, {}", hop.kind, addresses.join(", "));
    if !hop.sends.is_empty() {
        text.push_str(&format!("; sends {}", hop.sends.join(", ")));
    }
    if let Some(timeout) = &hop.timeout {
        text.push_str(&format!("; its own timeout {timeout}"));
    }
    page.term(&hop.hop, &text);
}

fn write_ask(ask: &AskDocs, page: &mut Page) {
    let hop = ask.hop.as_deref().unwrap_or("the network");
    let text = match &ask.promql {
        Some(promql) => format!("{} `{promql}`", ask.question),
        None => format!("{}: {}", ask.question, ask.request),
    };
    page.term(hop, &text);
}
