//! The rows. Text here is the reference page's text.

use super::PropDefault::{Flag as IsFlag, None as Absent, Number as IsNumber, Text as IsText};
use super::PropKind::{Any, Color, Flag, Keys, List, Number, OneOf, Size, Text};
use super::{ComponentRow, PropDefault, PropKind, PropRow, ValueRow};

const fn prop(name: &'static str, kind: PropKind, default: PropDefault, about: &'static str) -> PropRow {
    PropRow { name, aliases: &[], kind, default, about }
}

const fn also(
    name: &'static str,
    aliases: &'static [&'static str],
    kind: PropKind,
    default: PropDefault,
    about: &'static str,
) -> PropRow {
    PropRow { name, aliases, kind, default, about }
}

const UNSIGNED: PropKind = Number(0.0, f64::MAX);
const ANY_NUMBER: PropKind = Number(f64::MIN, f64::MAX);
const ALIGN: PropKind = OneOf(&["start", "center", "end", "stretch", "baseline"]);
const JUSTIFY: PropKind = OneOf(&["start", "center", "end", "between", "around", "evenly"]);
const STATUS: PropKind =
    OneOf(&["default", "primary", "secondary", "success", "warning", "danger", "error", "info", "outline"]);

/// Props that every component has.
pub const COMMON_PROPS: &[PropRow] = &[
    prop("style", Any, Absent, "Typed subset of CSS, see below"),
    prop("label", Text, Absent, "Text beside it; the name of a pane in `tabs`"),
    prop("tooltip", Text, Absent, "Shown while the pointer rests on it"),
    prop("disabled", Flag, Absent, "Cannot be used"),
    prop("role", Text, Absent, "What it stands for, from older files; not used"),
];

const GAP: PropRow = also("gap", &["spacing"], Size, Absent, "Points between children");
const PADDING: PropRow = prop("padding", Size, Absent, "Points around the children, or small, medium, large");

/// Props of every box that lays out its children by flexbox; the default direction differs.
macro_rules! flex_props {
    ($direction:literal) => {
        &[
            also(
                "layout",
                &["direction"],
                OneOf(&["vertical", "horizontal"]),
                IsText($direction),
                "Direction in which children are placed",
            ),
            GAP,
            PADDING,
            prop("align", ALIGN, Absent, "Across the direction"),
            prop("justify", JUSTIFY, Absent, "Along the direction"),
            prop("wrap", Flag, IsFlag(false), "Go on in a next line where there is no room"),
        ]
    };
}

const fn container(
    kind: &'static str,
    group: &'static str,
    about: &'static str,
    props: &'static [PropRow],
) -> ComponentRow {
    ComponentRow {
        kind,
        aliases: &[],
        group,
        about,
        props,
        events: &["click"],
        container: true,
        value: None,
        main: None,
    }
}

const fn shows(prop: &'static str) -> Option<ValueRow> {
    Some(ValueRow { prop, written_by: None })
}

const fn holds(prop: &'static str, event: &'static str) -> Option<ValueRow> {
    Some(ValueRow { prop, written_by: Some(event) })
}

const COLUMN: &[PropRow] = flex_props!("vertical");
const ROW: &[PropRow] = flex_props!("horizontal");
const SEMANTIC: &str = "Semantic containers";

/// Every component type.
pub const COMPONENTS: &[ComponentRow] = &[
    ComponentRow {
        kind: "button",
        aliases: &[],
        group: "Primitives",
        about: "Something to press",
        props: &[
            also("text", &["title"], Text, Absent, "What it says"),
            prop(
                "variant",
                OneOf(&["default", "primary", "secondary", "outline", "ghost", "danger"]),
                IsText("default"),
                "Look",
            ),
            prop("size", OneOf(&["small", "medium", "large"]), IsText("medium"), "Size"),
            prop("icon", Text, Absent, "Icon name or emoji before the text"),
            also("fullWidth", &["full_width"], Flag, IsFlag(false), "As wide as its parent"),
            prop("loading", Flag, IsFlag(false), "Shows that work goes on"),
            prop(
                "shortcut",
                Keys,
                Absent,
                "Keys that press it while its window has the focus and no field takes them: \"7\", \"Enter\", [\"Ctrl+S\"]",
            ),
        ],
        events: &["click"],
        container: false,
        value: shows("text"),
        main: Some("text"),
    },
    ComponentRow {
        kind: "input",
        aliases: &[],
        group: "Primitives",
        about: "One line of text",
        props: &[
            prop(
                "type",
                OneOf(&["text", "email", "password", "number", "tel", "url", "search"]),
                IsText("text"),
                "What is typed; `number` holds a number",
            ),
            prop("value", Text, IsText(""), "The text"),
            prop("placeholder", Text, Absent, "Shown while empty"),
            prop("error", Text, Absent, "Shown below"),
            also("readonly", &["readOnly"], Flag, IsFlag(false), "Cannot be edited"),
            prop("icon", Text, Absent, "Icon name before the text"),
        ],
        events: &["change", "submit"],
        container: false,
        value: holds("value", "change"),
        main: Some("value"),
    },
    ComponentRow {
        kind: "text",
        aliases: &[],
        group: "Primitives",
        about: "Words, with a subset of Markdown",
        props: &[
            also("content", &["text", "value"], Text, IsText(""), "The words"),
            prop("variant", OneOf(&["h1", "h2", "h3", "body", "caption", "label"]), IsText("body"), "Level"),
            prop(
                "weight",
                OneOf(&["regular", "medium", "semibold", "bold", "normal"]),
                Absent,
                "Weight of the letters",
            ),
            prop("color", Color, Absent, "Colour"),
            prop("align", OneOf(&["left", "center", "right", "start", "end"]), Absent, "Alignment of lines"),
        ],
        events: &["click"],
        container: false,
        value: shows("content"),
        main: Some("content"),
    },
    ComponentRow {
        kind: "checkbox",
        aliases: &[],
        group: "Primitives",
        about: "Yes or no",
        props: &[also("checked", &["value"], Flag, IsFlag(false), "Whether it is ticked")],
        events: &["change"],
        container: false,
        value: holds("checked", "change"),
        main: Some("label"),
    },
    ComponentRow {
        kind: "radio",
        aliases: &[],
        group: "Primitives",
        about: "One of several: all of one `name` share a value",
        props: &[
            prop("name", Text, Absent, "Group; its value is kept under this name"),
            prop("value", Any, Absent, "What choosing this one means"),
            prop("selected", Any, Absent, "The value of the group; bind it by `$path`"),
            prop("checked", Flag, IsFlag(false), "Filled in: whether this one is chosen"),
        ],
        events: &["change"],
        container: false,
        value: holds("selected", "change"),
        main: Some("label"),
    },
    ComponentRow {
        kind: "slider",
        aliases: &[],
        group: "Primitives",
        about: "A number by dragging",
        props: &[
            prop("min", ANY_NUMBER, IsNumber(0.0), "Least"),
            prop("max", ANY_NUMBER, IsNumber(100.0), "Greatest"),
            prop("step", UNSIGNED, IsNumber(1.0), "Distance of values"),
            prop("value", ANY_NUMBER, IsNumber(0.0), "The number"),
        ],
        events: &["change"],
        container: false,
        value: holds("value", "change"),
        main: Some("label"),
    },
    container("container", "Layout", "A flexbox", COLUMN),
    container("row", "Layout", "A flexbox from left to right", ROW),
    ComponentRow {
        aliases: &["column"],
        ..container("col", "Layout", "A flexbox from top to bottom", COLUMN)
    },
    container(
        "grid",
        "Layout",
        "Columns of equal width",
        &[
            prop("columns", Number(1.0, 64.0), IsNumber(2.0), "Number of columns"),
            GAP,
            PADDING,
            prop("responsive", Flag, IsFlag(false), "Fewer columns where there is no room"),
            also(
                "minWidth",
                &["min_width"],
                UNSIGNED,
                IsNumber(160.0),
                "Least width of a column when responsive, in points",
            ),
        ],
    ),
    ComponentRow {
        events: &["select", "click"],
        value: shows("items"),
        ..container(
            "list",
            "Layout",
            "Lines below each other: `items` or children",
            &[
                prop("variant", OneOf(&["default", "bordered", "striped"]), IsText("default"), "Look"),
                prop("items", List, Absent, "Texts, or objects with `title` and `subtitle`"),
                GAP,
                PADDING,
                prop("empty", Text, Absent, "Shown while there is nothing"),
            ],
        )
    },
    ComponentRow {
        main: Some("title"),
        ..container(
            "card",
            "Layout",
            "A raised box",
            &[
                prop("title", Text, Absent, "Heading"),
                prop("footer", Text, Absent, "Line at the bottom"),
                also(
                    "layout",
                    &["direction"],
                    OneOf(&["vertical", "horizontal"]),
                    IsText("vertical"),
                    "Direction in which children are placed",
                ),
                GAP,
                PADDING,
                prop("align", ALIGN, Absent, "Across the direction"),
                prop("justify", JUSTIFY, Absent, "Along the direction"),
                prop("selected", Flag, IsFlag(false), "Shown as chosen"),
            ],
        )
    },
    container("sidebar", SEMANTIC, "Beside the main part", COLUMN),
    container("main", SEMANTIC, "The main part; takes the room that is left", COLUMN),
    container("editor", SEMANTIC, "Where something is written", COLUMN),
    container("header", SEMANTIC, "On top", ROW),
    container("footer", SEMANTIC, "At the bottom", ROW),
    container("content", SEMANTIC, "The content", COLUMN),
    container("section", SEMANTIC, "A part", COLUMN),
    ComponentRow {
        kind: "select",
        aliases: &[],
        group: "Forms",
        about: "One of a list",
        props: &[
            prop("options", List, Absent, "Texts, or objects with `value` and `label`"),
            prop("value", Any, IsText(""), "The chosen one"),
            prop("placeholder", Text, IsText("Choose…"), "Shown while nothing is chosen"),
        ],
        events: &["change"],
        container: false,
        value: holds("value", "change"),
        main: Some("label"),
    },
    ComponentRow {
        kind: "textarea",
        aliases: &[],
        group: "Forms",
        about: "Several lines of text",
        props: &[
            prop("rows", Number(1.0, 1000.0), IsNumber(4.0), "Lines shown"),
            prop("value", Text, IsText(""), "The text"),
            prop("placeholder", Text, Absent, "Shown while empty"),
            prop(
                "resize",
                OneOf(&["none", "vertical"]),
                IsText("none"),
                "Whether people can change its height",
            ),
            also("readonly", &["readOnly"], Flag, IsFlag(false), "Cannot be edited"),
        ],
        events: &["change", "submit"],
        container: false,
        value: holds("value", "change"),
        main: Some("value"),
    },
    ComponentRow {
        kind: "image",
        aliases: &[],
        group: "Media",
        about: "A picture",
        props: &[
            prop("src", Text, IsText(""), "File of the app"),
            prop("alt", Text, IsText(""), "What it shows, in words"),
            prop(
                "fit",
                OneOf(&["contain", "cover", "fill", "none"]),
                IsText("contain"),
                "How it fills its box",
            ),
            prop("rounded", Flag, IsFlag(false), "Round corners"),
        ],
        events: &["click"],
        container: false,
        value: None,
        main: Some("src"),
    },
    ComponentRow {
        kind: "icon",
        aliases: &[],
        group: "Media",
        about: "A symbol",
        props: &[
            also("name", &["icon"], Text, IsText(""), "Icon name or emoji"),
            prop("size", UNSIGNED, IsNumber(18.0), "Points"),
            prop("color", Color, Absent, "Colour"),
        ],
        events: &["click"],
        container: false,
        value: shows("name"),
        main: Some("name"),
    },
    ComponentRow {
        kind: "badge",
        aliases: &[],
        group: "Feedback",
        about: "A small label",
        props: &[
            also("text", &["content"], Text, IsText(""), "What it says"),
            prop("variant", STATUS, IsText("default"), "Meaning"),
        ],
        events: &["click"],
        container: false,
        value: shows("text"),
        main: Some("text"),
    },
    ComponentRow {
        kind: "progress",
        aliases: &[],
        group: "Feedback",
        about: "How far something is",
        props: &[
            prop("value", ANY_NUMBER, IsNumber(0.0), "How much"),
            prop("max", Number(f64::MIN_POSITIVE, f64::MAX), IsNumber(100.0), "Of how much"),
            prop("variant", STATUS, IsText("default"), "Meaning"),
        ],
        events: &[],
        container: false,
        value: shows("value"),
        main: Some("label"),
    },
    ComponentRow {
        kind: "divider",
        aliases: &[],
        group: "Layout",
        about: "A line between parts",
        props: &[prop("orientation", OneOf(&["horizontal", "vertical"]), IsText("horizontal"), "Direction")],
        events: &[],
        container: false,
        value: None,
        main: Some("label"),
    },
    ComponentRow {
        kind: "spacer",
        aliases: &[],
        group: "Layout",
        about: "Empty room; without a size it takes what is left",
        props: &[prop("size", UNSIGNED, Absent, "Points")],
        events: &[],
        container: false,
        value: None,
        main: None,
    },
    ComponentRow {
        kind: "tabs",
        aliases: &[],
        group: "Navigation",
        about: "Panes, one at a time; the children are the panes, each with `label`",
        props: &[
            also("defaultTab", &["default_tab"], Text, Absent, "Id of the first pane shown"),
            also("selected", &["value", "active"], Text, Absent, "Id of the pane shown"),
            prop("variant", OneOf(&["default", "pills", "underline"]), IsText("default"), "Look"),
        ],
        events: &["select", "change"],
        container: true,
        value: holds("selected", "select"),
        main: None,
    },
    ComponentRow {
        kind: "modal",
        aliases: &["dialog"],
        group: "Navigation",
        about: "A box above everything else",
        props: &[
            prop("title", Text, IsText(""), "Heading"),
            prop("open", Flag, IsFlag(false), "Whether it is shown"),
            prop("size", OneOf(&["small", "medium", "large"]), IsText("medium"), "Width"),
            GAP,
            PADDING,
        ],
        events: &["close"],
        container: true,
        value: holds("open", "close"),
        main: Some("title"),
    },
];
