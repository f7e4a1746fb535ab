//! A request to a server: what is asked, and how it is shown without its credentials.

use std::borrow::Cow;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use url::Url;

use crate::backend::address::without_password;
use crate::backend::credentials;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::world::Backend;

/// A request, before credentials.
pub(crate) struct Outgoing<'a> {
    /// The backend that is asked, whose credentials go along; none for an address from somewhere else.
    pub(crate) backend: Option<&'a Backend>,
    /// The method.
    pub(crate) method: Method,
    /// The whole address.
    pub(crate) url: Url,
    /// A form to post.
    pub(crate) form: Option<String>,
    /// The `Accept` header.
    pub(crate) accept: &'static str,
}

impl<'a> Outgoing<'a> {
    /// A GET of JSON at this backend.
    pub(crate) fn get(backend: &'a Backend, url: Url) -> Self {
        Self {
            backend: Some(backend),
            method: Method::GET,
            url,
            form: None,
            accept: "application/json",
        }
    }

    /// The request as a person would repeat it: `GET URL`, or `POST URL BODY`.
    pub(crate) fn shown(&self) -> String {
        let url = without_password(&self.url);
        match &self.form {
            Some(form) => format!("{} {url} {form}", self.method),
            None => format!("{} {url}", self.method),
        }
    }

    /// The request with everything that goes along, credentials too.
    pub(crate) fn request(&self, client: &Client) -> Result<RequestBuilder, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        let mut url = Cow::Borrowed(&self.url);
        if let Some(backend) = self.backend {
            credentials::add(&mut headers, backend, &self.url)?;
            let written = backend.expanded_from();
            if let Some(host) = written {
                headers.insert(HOST, host_header(&url, Some(host))?);
            }
            let files = backend.hop.tls.as_ref();
            if let Some(name) = files.and_then(|files| files.server_name.as_deref())
                && url.scheme() == "https"
            {
                headers.insert(HOST, host_header(&url, written)?);
                url.to_mut().set_host(Some(name)).map_err(|_| {
                    Failure::new(
                        FailureClass::Tls,
                        format!("`tls.server_name: {name}` is not a name"),
                    )
                })?;
            }
        }
        let mut request = client.request(self.method.clone(), url.into_owned());
        if let Some(form) = &self.form {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
            request = request.body(form.clone());
        }
        Ok(request.headers(headers))
    }
}

/// The host and port of the address; the host as written where a name was replaced by one of its addresses.
fn host_header(url: &Url, written: Option<&str>) -> Result<HeaderValue, Failure> {
    let host = written.or(url.host_str()).unwrap_or_default();
    let text = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    HeaderValue::from_str(&text).map_err(|_| {
        Failure::new(
            FailureClass::Name,
            format!("`{host}` cannot be sent as a host"),
        )
    })
}
