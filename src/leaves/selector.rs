//! Series selectors: parsed from PromQL, written back canonically, matched against label sets.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use promql_parser::label as promql;
use promql_parser::parser::{self, Expr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::leaves::go_regex::GoRegex;
use crate::leaves::labels::Labels;

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, anchored at both ends
    Regex,
    /// `!~`, anchored at both ends
    NotRegex,
}

/// One label matcher of a selector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Matcher {
    /// The label's name.
    pub name: String,
    /// How it compares.
    pub op: MatchOp,
    /// What it is compared with.
    pub value: String,
}

/// A series selector: `up`, `up{job="api"}`, `{__name__=~"node_.*"}`. Matchers keep the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    /// The metric's name; empty where the selector has none.
    pub metric: String,
    /// All other matchers.
    pub matchers: Vec<Matcher>,
}

/// Longest selector or expression read; the parser recurses (dependencies note, section 9).
pub(crate) const LONGEST_EXPRESSION: usize = 16 * 1024;

impl Selector {
    /// The selector of a bare metric name.
    pub fn of(metric: &str) -> Self {
        Self {
            metric: metric.to_owned(),
            matchers: Vec::new(),
        }
    }

    /// The same selector with one more equality matcher; one of that name that is there already stays alone.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        if !self.matchers.iter().any(|m| m.name == name) {
            self.matchers.push(Matcher {
                name: name.to_owned(),
                op: MatchOp::Equal,
                value: value.to_owned(),
            });
        }
        self
    }

    /// The same selector without matchers on that label.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.matchers.retain(|m| m.name != name);
        self
    }

    /// Whether a series with these labels is selected; a missing label counts as empty, as in Prometheus.
    pub fn selects(&self, labels: &Labels) -> bool {
        (self.metric.is_empty() || labels.value("__name__") == self.metric)
            && self.matchers.iter().all(|m| m.matches(labels))
    }
}

impl Matcher {
    /// Whether the label set passes this matcher. A regex that does not compile matches nothing; parsing has refused it before.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.value(&self.name);
        match self.op {
            MatchOp::Equal => value == self.value,
            MatchOp::NotEqual => value != self.value,
            MatchOp::Regex => GoRegex::whole(&self.value).is_ok_and(|re| re.is_match(value)),
            MatchOp::NotRegex => GoRegex::whole(&self.value).is_ok_and(|re| !re.is_match(value)),
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_metric_name(text) {
            return Ok(Self::of(text));
        }
        if text.len() > LONGEST_EXPRESSION {
            return Err(format!(
                "the selector has {} bytes; at most {LONGEST_EXPRESSION} are read",
                text.len()
            ));
        }
        let Expr::VectorSelector(vector) =
            parser::parse(text).map_err(|why| format!("`{text}` is not a selector: {why}"))?
        else {
            return Err(format!(
                "`{text}` is an expression, not a selector such as `up{{job=\"api\"}}`"
            ));
        };
        if vector.offset.is_some() || vector.at.is_some() || !vector.matchers.or_matchers.is_empty()
        {
            return Err(format!(
                "`{text}` must be a plain selector, without `offset`, `@` or `or`"
            ));
        }
        let mut selector = Self {
            metric: vector.name.unwrap_or_default(),
            matchers: Vec::new(),
        };
        for matcher in vector.matchers.matchers {
            let matcher = Matcher::from_promql(matcher)?;
            if selector.metric.is_empty()
                && matcher.name == "__name__"
                && matcher.op == MatchOp::Equal
            {
                selector.metric = matcher.value;
            } else {
                selector.matchers.push(matcher);
            }
        }
        Ok(selector)
    }
}

impl Matcher {
    fn from_promql(matcher: promql::Matcher) -> Result<Self, String> {
        let op = match &matcher.op {
            promql::MatchOp::Equal => MatchOp::Equal,
            promql::MatchOp::NotEqual => MatchOp::NotEqual,
            promql::MatchOp::Re(_) => MatchOp::Regex,
            promql::MatchOp::NotRe(_) => MatchOp::NotRegex,
        };
        if matches!(op, MatchOp::Regex | MatchOp::NotRegex) {
            GoRegex::whole(&matcher.value).map_err(|why| {
                format!(
                    "`{}` is not a regular expression: {}",
                    matcher.value,
                    why.reason()
                )
            })?;
        }
        Ok(Self {
            name: matcher.name,
            op,
            value: matcher.value,
        })
    }
}

/// Whether the text can stand in PromQL as a bare metric name.
pub fn is_metric_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == ':')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

/// A text as a double-quoted PromQL string.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match self.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        };
        if is_metric_name(&self.name) && !self.name.contains(':') {
            write!(f, "{}{op}{}", self.name, quoted(&self.value))
        } else {
            write!(f, "{}{op}{}", quoted(&self.name), quoted(&self.value))
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = is_metric_name(&self.metric);
        if plain {
            f.write_str(&self.metric)?;
        }
        if plain && self.matchers.is_empty() {
            return Ok(());
        }
        let mut parts = Vec::with_capacity(self.matchers.len() + 1);
        if !plain && !self.metric.is_empty() {
            parts.push(format!("__name__={}", quoted(&self.metric)));
        }
        parts.extend(self.matchers.iter().map(Matcher::to_string));
        write!(f, "{{{}}}", parts.join(","))
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for Selector {
    fn schema_name() -> Cow<'static, str> {
        "Selector".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "minLength": 1,
            "description": "A metric name (`up`) or a PromQL series selector (`up{job=\"api\"}`)."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_and_written_canonically() {
        for (text, canonical) in [
            ("up", "up"),
            (
                "up{ job = 'api', env!~\"a|b\" }",
                "up{job=\"api\",env!~\"a|b\"}",
            ),
            ("{__name__=\"up\",a=\"b\"}", "up{a=\"b\"}"),
            ("{__name__=~\"node_.*\"}", "{__name__=~\"node_.*\"}"),
            ("{\"my.metric\"}", "{__name__=\"my.metric\"}"),
        ] {
            assert_eq!(text.parse::<Selector>().unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn expressions_and_nonsense_are_refused() {
        for text in [
            "",
            "sum(up)",
            "up[5m]",
            "up offset 5m",
            "up{",
            "{}",
            "{a=\"b\" or c=\"d\"}",
            "up{a=~\"(\"}",
        ] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_missing_label_matches_as_empty() {
        let labels = Labels::from([("__name__", "up"), ("job", "api"), ("team", "é")]);
        for (text, selected) in [
            ("up", true),
            ("down", false),
            ("up{env=\"\"}", true),
            ("up{env!=\"\"}", false),
            ("up{job=~\"a.*\"}", true),
            ("up{job=~\"a\"}", false),
            ("up{job!~\"a.*\"}", false),
            ("up{job=~\"\\\\w+\"}", true),
            ("up{team=~\"\\\\w+\"}", false),
            ("up{team!~\"[a-z&&b]+\"}", true),
        ] {
            assert_eq!(
                text.parse::<Selector>().unwrap().selects(&labels),
                selected,
                "{text}"
            );
        }
    }
}
