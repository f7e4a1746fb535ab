//! The lab's HTTP messages: what a station is asked and what it answers, without a socket.

use serde_json::Value;

/// A request as a station sees it: the query string and a form body are one list of parameters.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method, upper case.
    pub method: String,
    /// The path, percent-decoded, without the query string.
    pub path: String,
    /// Parameters in the order they came; a name may be repeated (`match[]`).
    pub params: Vec<(String, String)>,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Request {
    /// A `GET` of `path` without parameters.
    pub fn get(path: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// The same request with one parameter more.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.params
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What a station answers. `Date` and the length are the server's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Response {
    /// A JSON answer, as the Prometheus API writes it.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![pair("Content-Type", "application/json")],
            body: body.to_string(),
        }
    }

    /// A short text of a handler that is well.
    pub fn text(body: &str) -> Self {
        Self {
            status: 200,
            headers: vec![pair("Content-Type", "text/plain; charset=utf-8")],
            body: body.to_owned(),
        }
    }

    /// A page of metrics in the text format.
    pub fn page(content_type: &str, body: String) -> Self {
        Self {
            status: 200,
            headers: vec![pair("Content-Type", content_type)],
            body,
        }
    }

    /// A refusal in plain text, as Go's HTTP library writes it.
    pub fn refusal(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![
                pair("Content-Type", "text/plain; charset=utf-8"),
                pair("X-Content-Type-Options", "nosniff"),
            ],
            body: format!("{body}\n"),
        }
    }

    /// A path that this server does not have.
    pub fn not_found() -> Self {
        Self::refusal(404, "404 page not found")
    }

    /// A path that exists, asked with a method it does not take.
    pub fn wrong_method(allowed: &str) -> Self {
        Self::refusal(405, "Method Not Allowed").with("Allow", allowed)
    }

    /// The same answer with one header more.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push(pair(name, value));
        self
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Request, Response};

    #[test]
    fn header_names_have_no_case() {
        let mut request = Request::get("/");
        request
            .headers
            .push(("THANOS-TENANT".to_owned(), "finops".to_owned()));
        assert_eq!(request.header("thanos-tenant"), Some("finops"));
        let answer = Response::wrong_method("OPTIONS, POST");
        assert_eq!(answer.header("ALLOW"), Some("OPTIONS, POST"));
    }

    #[test]
    fn a_repeated_parameter_keeps_every_value() {
        let request = Request::get("/").with("match[]", "a").with("match[]", "b");
        assert_eq!(request.all("match[]").collect::<Vec<_>>(), ["a", "b"]);
    }
}
