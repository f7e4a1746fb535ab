//! What a hostile server, or an unlucky label, may send.

/// Payloads of groups I01 to I09.
pub(crate) fn payloads() -> Vec<String> {
    let mut payloads: Vec<String> = [
        // HTML and scripts.
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</script><svg onload=alert(1)>",
        "javascript:alert(1)",
        "<details><summary>x</summary>",
        "</details>",
        "<!-- x",
        "-->",
        "&lt;b&gt;",
        "<?xml version='1.0'?>",
        "<a href=\"http://evil.example\">x</a>",
        // Markdown.
        "a|b|c",
        "a\\|b",
        "\\",
        "\\|",
        "| --- | --- |",
        "\n| a | b |\n| --- | --- |\n",
        "[x](http://evil.example)",
        "![x](http://evil.example/p.png)",
        "[x]: http://evil.example",
        "[^1]",
        "<http://evil.example>",
        "http://evil.example/?a=b&c=d",
        "https://evil.example",
        "www.evil.example",
        "someone@evil.example",
        "@team/observability",
        "@admin",
        "#1",
        "owner/repo#12",
        "GH-12",
        "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        "**bold** _em_ ~~gone~~ ==mark==",
        "# heading",
        "\n\n# heading\n\n",
        "- item",
        "\n- item\n",
        "1. item",
        "- [ ] task",
        "> quote",
        "---",
        "===",
        "***",
        "    indented",
        "\tindented",
        "$x$ $$y$$ $`z`$",
        ":tada:",
        "```mermaid\ngraph LR\n```",
        "~~~\n",
        "\"]:::present\n click h0 \"javascript:alert(1)\"",
        "`code`",
        "` `` ```",
        "a`@team`b",
        " ",
        "  \n \n ",
        // Terminals and logs.
        "\x1b[2J\x1b[H",
        "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
        "\x1b]52;c;aGk=\x07",
        "a\rPASS all",
        "x\nPASS all",
        "\u{9b}31m",
        "\x07\x08\x7f",
        "\u{202e}gnp.exe",
        "a\u{200b}b\u{feff}",
        "e\u{301}\u{301}\u{301}",
        "漢字仮名",
        "👩‍👩‍👧‍👦",
        "\u{2028}\u{2029}\u{85}",
        // CI commands.
        "::error file=a,line=1::x",
        "\n::set-output name=a::b",
        "  ::stop-commands::x",
        "##[error]x",
        "##vso[task.setvariable variable=a]b",
        "##teamcity[buildStatus text='x']",
        "\x1b[0Ksection_start:1:a\r\x1b[0K",
        // XML and JSON.
        "]]>",
        "]]]]><![CDATA[>",
        "]",
        "]]",
        "\u{fffe}\u{ffff}\u{fdd0}",
        "\0",
        "\"}],\"verdict\":\"pass\",\"x\":[{\"",
        "NaN",
        // Shells.
        "'; rm -rf / #",
        "$(id) `id` ${HOME}",
        "!!",
    ]
    .map(str::to_owned)
    .to_vec();
    payloads.extend((1..=20).map(|n| "`".repeat(n)));
    payloads.extend((1..=8).map(|n| format!("{0} @team {0}", "`".repeat(n))));
    payloads
}

/// What puts a payload into a text.
pub(crate) type Say = Box<dyn Fn(&str) -> String>;

/// Texts that each hold a payload: alone, at the end, at the start, in the middle.
pub(crate) fn placed(payload: &str) -> Vec<Say> {
    let [alone, after, before, within] = [0; 4].map(|_| payload.to_owned());
    vec![
        Box::new(move |_| alone.clone()),
        Box::new(move |text| format!("{text}{after}")),
        Box::new(move |text| format!("{before}{text}")),
        Box::new(move |text| format!("{text} {within} {text}")),
    ]
}
