//! Sample values as the servers print them, in JSON and in the text format.

/// A sample value in a JSON answer: decimal, with an exponent only when tiny or huge.
pub(crate) fn in_json(value: f64) -> String {
    if let Some(name) = not_finite(value) {
        return name.to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        return exponent(value);
    }
    format!("{value}")
}

/// A sample value in a JSON answer of Thanos 0.31: decimal, however tiny or huge.
pub(crate) fn in_decimal(value: f64) -> String {
    not_finite(value).map_or_else(|| format!("{value}"), str::to_owned)
}

/// A sample value on a page of metrics: an exponent from a million upwards, as Go's shortest form has it.
pub(crate) fn in_text(value: f64) -> String {
    if let Some(name) = not_finite(value) {
        return name.to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return exponent(value);
    }
    format!("{value}")
}

fn not_finite(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        return Some("NaN");
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { "+Inf" } else { "-Inf" });
    }
    None
}

/// Go writes at least two digits of exponent, and always its sign.
fn exponent(value: f64) -> String {
    let text = format!("{value:e}");
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    let (sign, power) = match power.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', power),
    };
    format!("{digits}e{sign}{power:0>2}")
}

#[cfg(test)]
mod tests {
    use super::{in_decimal, in_json, in_text};

    #[test]
    fn the_incident_s_value_keeps_its_form() {
        assert_eq!(in_json(-9.994e-07), "-9.994e-07");
        assert_eq!(in_text(-9.994e-07), "-9.994e-07");
        assert_eq!(in_decimal(-9.994e-07), "-0.0000009994");
        assert_eq!(in_decimal(f64::NAN), "NaN");
    }

    #[test]
    fn ordinary_values_are_decimal() {
        assert_eq!(in_json(1234.5), "1234.5");
        assert_eq!(in_json(2.0), "2");
        assert_eq!(in_json(1_795_432_836.689), "1795432836.689");
        assert_eq!(in_text(1_795_432_836.0), "1.795432836e+09");
    }

    #[test]
    fn special_values_have_names() {
        assert_eq!(in_json(f64::NAN), "NaN");
        assert_eq!(in_json(f64::INFINITY), "+Inf");
        assert_eq!(in_json(f64::NEG_INFINITY), "-Inf");
        assert_eq!(in_json(1e21), "1e+21");
        assert_eq!(in_json(0.0), "0");
    }
}
