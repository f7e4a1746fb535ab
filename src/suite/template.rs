//! Templates: `${{ expression }}` in texts, filled in once, after parsing; what they give is never filled in again.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use minijinja::value::ValueKind;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use crate::leaves::{Mistake, Origin, Place, Secret, words};
use crate::suite::cluster::Cluster;
use crate::suite::node::{Node, NodeKind};

/// How much work one expression may make; a page of ordinary filters takes a few hundred.
const FUEL: u64 = 20_000;

/// Where a text opens a template.
const OPEN: &str = "${{";

/// What expressions can name.
pub(crate) struct Context<'a> {
    /// The cluster of this row of the matrix.
    pub(crate) cluster: Option<&'a Cluster>,
    /// The variables, filled in.
    pub(crate) vars: &'a BTreeMap<String, Node>,
    /// The secrets that the suite declares.
    pub(crate) secrets: &'a BTreeMap<String, Secret>,
    /// Variables with a mistake of their own, told already.
    broken: &'a BTreeSet<String>,
    values: OnceCell<Value>,
    environment: &'a Environment<'static>,
}

/// The expression language: strict, with a bound on its work.
pub(crate) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
}

/// Where secrets may stand: asked with the keys on the way to the value.
pub(crate) type SecretPlaces = fn(&[&str]) -> bool;

/// Secrets may stand nowhere.
pub(crate) fn nowhere(_: &[&str]) -> bool {
    false
}

/// Whether there is a template anywhere in a value.
pub(crate) fn has_template(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar { text, .. } => text.contains(OPEN),
        NodeKind::Seq(items) => items.iter().any(has_template),
        NodeKind::Map(entries) => entries
            .iter()
            .any(|(key, value)| has_template(key) || has_template(value)),
        NodeKind::Null | NodeKind::Secret(_) => false,
    }
}

/// What is wrong with a template; without a message where it was told already.
struct Fault {
    message: String,
    help: Option<String>,
    also: Option<(Origin, String)>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            also: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl<'a> Context<'a> {
    /// A context of these names.
    pub(crate) fn new(
        environment: &'a Environment<'static>,
        cluster: Option<&'a Cluster>,
        vars: &'a BTreeMap<String, Node>,
        secrets: &'a BTreeMap<String, Secret>,
        broken: &'a BTreeSet<String>,
    ) -> Self {
        Self {
            cluster,
            vars,
            secrets,
            broken,
            values: OnceCell::new(),
            environment,
        }
    }

    /// The value with its templates filled in; none where a template has a mistake. All mistakes are noted, except those that follow
    /// from a variable with a mistake of its own.
    pub(crate) fn fill(
        &self,
        node: &Node,
        file: &Arc<Path>,
        secrets: SecretPlaces,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Node> {
        let mut filling = Filling {
            context: self,
            file,
            secrets,
            keys: Vec::new(),
            good: true,
            mistakes,
        };
        let filled = filling.node(node);
        filling.good.then_some(filled)
    }

    fn values(&self) -> &Value {
        self.values.get_or_init(|| {
            let map = |entries: &mut dyn Iterator<Item = (&str, &Node)>| -> Value {
                Value::from(
                    entries
                        .map(|(name, node)| (name.to_owned(), value_of(node)))
                        .collect::<BTreeMap<String, Value>>(),
                )
            };
            let vars = map(&mut self.vars.iter().map(|(name, node)| (name.as_str(), node)));
            let mut all = BTreeMap::from([("vars", vars)]);
            if let Some(cluster) = self.cluster {
                all.insert("cluster", map(&mut cluster.columns()));
            }
            Value::from(all)
        })
    }

    /// The node that a plain path such as `vars.cost` or `cluster.tags` names.
    fn look_up(&self, path: &str) -> Result<&Node, Fault> {
        let mut steps = path.split('.');
        let root = steps.next().unwrap_or_default();
        let Some(first) = steps.next() else {
            return Err(unknown_root(root));
        };
        let mut node = match root {
            "vars" => self.vars.get(first).ok_or_else(|| self.no_var(first))?,
            "cluster" => self.cluster_key(first)?,
            _ => return Err(unknown_root(root)),
        };
        let mut said = format!("{root}.{first}");
        for step in steps {
            node = node.get(step).ok_or_else(|| {
                let known = node.entries().unwrap_or_default();
                let known = known.iter().filter_map(|(key, _)| key.as_text());
                Fault::new(format!(
                    "`{said}` has no key `{step}`{}",
                    meant(step, known)
                ))
            })?;
            said = format!("{said}.{step}");
        }
        Ok(node)
    }

    fn no_var(&self, name: &str) -> Fault {
        if self.broken.contains(name) {
            return Fault::new("");
        }
        let known = self.vars.keys().map(String::as_str);
        Fault::new(format!("no variable `{name}`{}", meant(name, known)))
            .help("Declare it under `vars:`, or give it with `--var`.")
    }

    fn cluster_key(&self, name: &str) -> Result<&Node, Fault> {
        let Some(cluster) = self.cluster else {
            return Err(
                Fault::new("this suite has no clusters, so `cluster` is nothing")
                    .help("Say `clusters:` at the top of the suite."),
            );
        };
        cluster.get(name).ok_or_else(|| {
            let file = cluster
                .origin
                .file
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let known = cluster.columns().map(|(name, _)| name);
            let mut fault = Fault::new(format!(
                "cluster `{}` has no key `{name}` ({file}:{}), used here{}",
                cluster.name,
                cluster.origin.place.line,
                meant(name, known)
            ));
            fault.also = Some((cluster.origin.clone(), "the cluster".to_owned()));
            fault
        })
    }
}

struct Filling<'c, 'a, 'm> {
    context: &'c Context<'a>,
    file: &'c Arc<Path>,
    secrets: SecretPlaces,
    keys: Vec<String>,
    good: bool,
    mistakes: &'m mut Vec<Mistake>,
}

impl Filling<'_, '_, '_> {
    fn node(&mut self, node: &Node) -> Node {
        let kind = match &node.kind {
            NodeKind::Scalar { text, .. } if text.contains(OPEN) => match self.text(node, text) {
                Ok(kind) => moved(kind, node.place),
                Err((place, fault)) => {
                    self.note(place, fault);
                    node.kind.clone()
                }
            },
            NodeKind::Seq(items) => {
                NodeKind::Seq(items.iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let name = key.as_text().unwrap_or_default();
                        if name.contains(OPEN) {
                            self.note(
                                key.place,
                                Fault::new("templates work in values, and this is a key"),
                            );
                        }
                        self.keys.push(name.to_owned());
                        let value = self.node(value);
                        self.keys.pop();
                        (key.clone(), value)
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        Node {
            place: node.place,
            kind,
        }
    }

    fn note(&mut self, place: Place, fault: Fault) {
        self.good = false;
        if fault.message.is_empty() {
            return;
        }
        let mut mistake = Mistake::new(
            Origin {
                file: self.file.clone(),
                place,
            },
            fault.message,
        );
        mistake.help = fault.help;
        mistake.others.extend(fault.also);
        self.mistakes.push(mistake);
    }

    fn text(&self, node: &Node, text: &str) -> Result<NodeKind, (Place, Fault)> {
        let pieces = split(text).map_err(|(at, fault)| (inside(node, text, at, at + 3), fault))?;
        if let [Piece::Expression { source, start, end }] = pieces.as_slice() {
            return self
                .whole(source)
                .map_err(|fault| (inside(node, text, *start, *end), fault));
        }
        let mut filled = String::with_capacity(text.len());
        for piece in &pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Expression { source, start, end } => {
                    let part = self
                        .part(source)
                        .map_err(|fault| (inside(node, text, *start, *end), fault))?;
                    filled.push_str(&part);
                }
            }
        }
        Ok(NodeKind::Scalar {
            text: filled.into(),
            plain: false,
        })
    }

    /// A scalar that is one expression keeps the type of what it gives.
    fn whole(&self, source: &str) -> Result<NodeKind, Fault> {
        if let Some(name) = source.strip_prefix("secrets.").filter(|name| is_name(name)) {
            return self.secret(name);
        }
        if is_path(source) {
            return self.context.look_up(source).map(|node| node.kind.clone());
        }
        kind_of(&self.evaluate(source)?, source)
    }

    fn part(&self, source: &str) -> Result<String, Fault> {
        let kind = if is_path(source) && !source.starts_with("secrets.") {
            self.context.look_up(source)?.kind.clone()
        } else {
            kind_of(&self.evaluate(source)?, source)?
        };
        match kind {
            NodeKind::Scalar { text, .. } => Ok(text.into()),
            NodeKind::Null => Err(Fault::new(format!("`{source}` is nothing"))),
            NodeKind::Seq(_) => Err(Fault::new(format!(
                "`{source}` is a list, and a list cannot stand inside a text"
            ))),
            NodeKind::Map(_) | NodeKind::Secret(_) => Err(Fault::new(format!(
                "`{source}` is a map, and a map cannot stand inside a text"
            ))),
        }
    }

    fn secret(&self, name: &str) -> Result<NodeKind, Fault> {
        let known = self.context.secrets;
        let Some(secret) = known.get(name) else {
            return Err(Fault::new(format!(
                "no secret `{name}`{}",
                meant(name, known.keys().map(String::as_str))
            ))
            .help(format!(
                "Declare it: `secrets: {{ {name}: {{ env: VARIABLE }} }}`."
            )));
        };
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        if (self.secrets)(&keys) {
            Ok(NodeKind::Secret(secret.clone()))
        } else {
            Err(misplaced_secret())
        }
    }

    fn evaluate(&self, source: &str) -> Result<Value, Fault> {
        let expression = self
            .context
            .environment
            .compile_expression(source)
            .map_err(|error| {
                let detail = error.detail().unwrap_or("it is not an expression");
                Fault::new(format!("`{source}` cannot be read: {detail}"))
            })?;
        if expression.undeclared_variables(false).contains("secrets") {
            return Err(misplaced_secret());
        }
        let value = expression
            .eval(self.context.values().clone())
            .map_err(|error| self.failed(source, &expression, &error))?;
        if value.is_undefined() {
            return Err(self.undefined(source, &expression));
        }
        Ok(value)
    }

    fn failed(
        &self,
        source: &str,
        expression: &minijinja::Expression<'_, '_>,
        error: &minijinja::Error,
    ) -> Fault {
        match error.kind() {
            ErrorKind::UndefinedError => self.undefined(source, expression),
            ErrorKind::OutOfFuel => Fault::new(format!(
                "`{}` makes too much work: the limit of a template's work is reached",
                words::cut(source, 60)
            )),
            kind => Fault::new(format!(
                "`{}` cannot be worked out: {}",
                words::cut(source, 60),
                error
                    .detail()
                    .map_or_else(|| kind.to_string(), str::to_owned)
            )),
        }
    }

    /// Names what is missing, by trying every path that the expression mentions.
    fn undefined(&self, source: &str, expression: &minijinja::Expression<'_, '_>) -> Fault {
        let mut paths: Vec<String> = expression.undeclared_variables(true).into_iter().collect();
        paths.sort();
        paths
            .iter()
            .find_map(|path| self.context.look_up(path).err())
            .unwrap_or_else(|| Fault::new(format!("`{source}` is not defined")))
    }
}

fn misplaced_secret() -> Fault {
    Fault::new("a secret stands where it could be shown")
        .help("A secret may only be the whole value of a hop's `token`, `basic_auth`, `headers` or `tls.key`: \"${{ secrets.NAME }}\".")
}

fn unknown_root(root: &str) -> Fault {
    let known = ["cluster", "vars", "secrets"];
    if known.contains(&root) {
        return Fault::new(format!("`{root}` wants a key, such as `{root}.name`"));
    }
    let meant = meant(root, known);
    if meant.is_empty() {
        Fault::new(format!("nothing is called `{root}`"))
            .help("Templates know `cluster.KEY`, `vars.NAME` and `secrets.NAME`.")
    } else {
        Fault::new(format!("nothing is called `{root}`{meant}"))
    }
}

/// `; did you mean `x`?`, or nothing.
pub(crate) fn meant<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    words::nearest(written, known)
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_path(source: &str) -> bool {
    source.contains('.') && source.split('.').all(is_name)
}

enum Piece<'t> {
    Text(&'t str),
    Expression {
        source: &'t str,
        start: usize,
        end: usize,
    },
}

/// The pieces of a text; the error is the place of a template that is not closed or empty.
fn split(text: &str) -> Result<Vec<Piece<'_>>, (usize, Fault)> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    while let Some(found) = text[from..].find(OPEN) {
        let start = from + found;
        if start > from {
            pieces.push(Piece::Text(&text[from..start]));
        }
        let inner = start + OPEN.len();
        let Some(length) = closing(&text[inner..]) else {
            return Err((
                start,
                Fault::new("a template is opened here and never closed")
                    .help("Close it: `${{ vars.name }}`."),
            ));
        };
        let source = text[inner..inner + length].trim();
        if source.is_empty() {
            return Err((start, Fault::new("this template is empty")));
        }
        from = inner + length + 2;
        pieces.push(Piece::Expression {
            source,
            start,
            end: from,
        });
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    Ok(pieces)
}

/// Where `}}` closes the expression: outside of quotes and of its own braces.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut depth, mut escaped) = (None, 0usize, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, c) {
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

/// The place of a part of a scalar, where the scalar is written as it reads; else the scalar's own.
fn inside(node: &Node, text: &str, start: usize, end: usize) -> Place {
    let place = node.place;
    let written = (place.end - place.start) as usize;
    let quote = match &node.kind {
        NodeKind::Scalar { plain: true, .. } if written == text.len() => 0,
        NodeKind::Scalar { plain: false, .. } if written == text.len() + 2 => 1,
        _ => return place,
    };
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        line: place.line,
        column: place.column + small(text[..start].chars().count() + quote),
        start: place.start + small(start + quote),
        end: place.start + small(end.min(text.len()) + quote),
    }
}

/// A value as expressions see it: numbers are numbers only where no spelling is lost.
fn value_of(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null | NodeKind::Secret(_) => Value::from(()),
        NodeKind::Scalar { text, plain: false } => Value::from(&**text),
        NodeKind::Scalar { text, plain: true } => {
            if let Some(truth) = truth(text) {
                return Value::from(truth);
            }
            let whole = text.parse::<i64>().ok().filter(|n| n.to_string() == **text);
            let fraction = text.parse::<f64>().ok().filter(|n| n.to_string() == **text);
            match (whole, fraction) {
                (Some(number), _) => Value::from(number),
                (None, Some(number)) => Value::from(number),
                (None, None) => Value::from(&**text),
            }
        }
        NodeKind::Seq(items) => items.iter().map(value_of).collect(),
        NodeKind::Map(entries) => Value::from(
            entries
                .iter()
                .map(|(key, value)| {
                    (
                        key.as_text().unwrap_or_default().to_owned(),
                        value_of(value),
                    )
                })
                .collect::<BTreeMap<String, Value>>(),
        ),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// What a template gave stands where the template stands, not where the variable was declared.
fn moved(kind: NodeKind, place: Place) -> NodeKind {
    let move_one = |node: Node| Node {
        place,
        kind: moved(node.kind, place),
    };
    match kind {
        NodeKind::Seq(items) => NodeKind::Seq(items.into_iter().map(move_one).collect()),
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .into_iter()
                .map(|(key, value)| (move_one(key), move_one(value)))
                .collect(),
        ),
        other => other,
    }
}

fn kind_of(value: &Value, source: &str) -> Result<NodeKind, Fault> {
    let node = |value: &Value| -> Result<Node, Fault> {
        Ok(Node {
            place: Place::default(),
            kind: kind_of(value, source)?,
        })
    };
    let plain = |text: String| NodeKind::Scalar {
        text: text.into(),
        plain: true,
    };
    Ok(match value.kind() {
        ValueKind::Bool | ValueKind::Number => plain(value.to_string()),
        ValueKind::String => NodeKind::Scalar {
            text: value.as_str().unwrap_or_default().into(),
            plain: false,
        },
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value
                .try_iter()
                .map_err(|error| Fault::new(error.to_string()))?;
            NodeKind::Seq(items.map(|item| node(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => {
            let keys = value
                .try_iter()
                .map_err(|error| Fault::new(error.to_string()))?;
            let entries = keys.map(|key| {
                let of = value
                    .get_item(&key)
                    .map_err(|error| Fault::new(error.to_string()))?;
                Ok((Node::text(Place::default(), &key.to_string()), node(&of)?))
            });
            NodeKind::Map(entries.collect::<Result<_, Fault>>()?)
        }
        ValueKind::Undefined | ValueKind::None => {
            return Err(Fault::new(format!("`{source}` is nothing")));
        }
        _ => return Err(Fault::new(format!("`{source}` does not give a value"))),
    })
}
