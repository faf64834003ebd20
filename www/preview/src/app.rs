//! The page: the form, the address, and what they set going.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::{body, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, KeyboardEvent,
    UrlSearchParams,
};

use crate::colour;
use crate::dom::{Drawn, all, by_id, replace, text};
use crate::inspector::Inspector;
use crate::spy::{Seen, Tell};
use crate::stage::Stage;
use crate::wish::{FIELDS, Wish};

/// So long after the last key the edge is asked.
const PAUSE_MS: u32 = 400;
/// So long a copy button says that it has copied.
const COPIED_MS: u32 = 1600;

/// What an example may set; what it does not name goes back to its first value, the look excepted.
const ASKED: [&str; 8] = [
    "by", "gtin", "brand", "mpn", "sku", "lang", "kind", "market",
];

struct App {
    form: HtmlFormElement,
    edge: String,
    inspector: Rc<Inspector>,
    stage: Rc<Stage>,
    waiting: RefCell<Option<Timeout>>,
}

/// Reads the address, fills the form and opens the stage.
pub(crate) fn start() -> Drawn<()> {
    let form: HtmlFormElement = by_id("wish")?.unchecked_into();
    let edge = body().dataset().get("edge").unwrap_or_default();
    let query = UrlSearchParams::new_with_str(&window().location().search()?)?;
    for (name, first) in FIELDS {
        fill_in(name, &query.get(name).unwrap_or_else(|| first.to_owned()))?;
    }
    let wish = read(&form)?;
    let inspector = Rc::new(Inspector::new()?);
    inspector.begin(&waiting_words(&wish))?;
    let tell: Tell = {
        let inspector = inspector.clone();
        Rc::new(move |seen: Seen| report(inspector.seen(&seen)))
    };
    let frame = by_id("stage")?.unchecked_into();
    let stage = Stage::open(frame, edge.clone(), wish, tell);
    let app = Rc::new(App {
        form,
        edge,
        inspector,
        stage,
        waiting: RefCell::default(),
    });
    app.dress()?;
    app.stage.fit()?;
    listen(&app)
}

/// An error of the page's own is for its developers: nothing that a person typed leads here.
fn report(done: Drawn<()>) {
    if let Err(error) = done {
        gloo::console::error!("preview:", error);
    }
}

fn waiting_words(wish: &Wish) -> String {
    if wish.has_code() {
        "Asking the edge…"
    } else {
        "Type a product’s code to begin."
    }
    .to_owned()
}

fn read(form: &HtmlFormElement) -> Drawn<Wish> {
    let data = FormData::new_with_form(form)?;
    Ok(Wish::new(|name| data.get(name).as_string()))
}

/// Sets a field of the form, whatever sort it is.
fn fill_in(name: &str, value: &str) -> Drawn<()> {
    // Not below the form: the switch of the device belongs to it, but stands elsewhere.
    for field in all(&format!("[name={name}]"))? {
        // A select and an input both have a `value`; a radio button is chosen by it.
        let input: HtmlInputElement = field.unchecked_into();
        if input.type_() == "radio" {
            input.set_checked(input.value() == value);
        } else {
            input.set_value(value);
        }
    }
    Ok(())
}

fn listen(app: &Rc<App>) -> Drawn<()> {
    on(&body(), "input", app, |app, _| app.later());
    on(&app.form, "submit", app, |app, event| {
        event.prevent_default();
        app.apply()
    });
    on(&window(), "resize", app, |app, _| app.stage.fit());
    for button in all("[data-set]")? {
        let query = button.get_attribute("data-set").unwrap_or_default();
        on(&button, "click", app, move |app, _| app.set(&query));
    }
    for button in all("[data-copy]")? {
        let source = button.get_attribute("data-copy").unwrap_or_default();
        let copied = button.clone();
        on(&button, "click", app, move |_, _| copy(&copied, &source));
    }
    let tabs = all("[role=tab]")?;
    for (at, tab) in tabs.iter().enumerate() {
        let (here, others) = (tab.clone(), tabs.clone());
        on(tab, "click", app, move |_, _| choose(&here, &others));
        let others = tabs.clone();
        on(tab, "keydown", app, move |_, event| {
            walk(event, at, &others)
        });
    }
    Ok(())
}

/// Listens for as long as the page lives.
fn on(
    target: &web_sys::EventTarget,
    name: &'static str,
    app: &Rc<App>,
    act: impl Fn(&Rc<App>, &Event) -> Drawn<()> + 'static,
) {
    let app = app.clone();
    let options = gloo::events::EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(target, name, options, move |event| report(act(&app, event)))
        .forget();
}

impl App {
    /// Applies the form once the typing pauses.
    fn later(self: &Rc<Self>) -> Drawn<()> {
        self.dress()?;
        let app = self.clone();
        *self.waiting.borrow_mut() = Some(Timeout::new(PAUSE_MS, move || report(app.apply())));
        Ok(())
    }

    /// Shows what the form asks for, and keeps it in the address.
    fn apply(&self) -> Drawn<()> {
        self.waiting.take();
        let wish = read(&self.form)?;
        remember(&wish)?;
        self.dress()?;
        let words = waiting_words(&wish);
        if self.stage.show(wish)? {
            self.inspector.begin(&words)?;
        }
        self.stage.fit()
    }

    /// Sets the fields that a query names: an example, or a look.
    fn set(self: &Rc<Self>, query: &str) -> Drawn<()> {
        let query = UrlSearchParams::new_with_str(query)?;
        let is_look = query.has("background");
        for (name, first) in FIELDS {
            match query.get(name) {
                Some(value) => fill_in(name, &value)?,
                None if ASKED.contains(&name) && !is_look => fill_in(name, first)?,
                None => {}
            }
        }
        self.apply()
    }

    /// What follows from the form alone: the tag to paste, and whether the colours can be read.
    fn dress(&self) -> Drawn<()> {
        let wish = read(&self.form)?;
        by_id("snippet")?.set_text_content(Some(&wish.snippet(&self.edge)));
        by_id("radius-value")?.set_text_content(Some(&format!("{} px", wish.get("radius"))));
        let line = |finding: colour::Finding| {
            let class = if finding.is_enough() { "good" } else { "poor" };
            text("li", class, &finding.say())
        };
        let lines = colour::findings(&wish)
            .map(line)
            .collect::<Drawn<Vec<_>>>()?;
        replace(&by_id("contrast")?, &lines.iter().collect::<Vec<_>>())
    }
}

/// Keeps what differs from the first wish in the address, without a step in the history.
fn remember(wish: &Wish) -> Drawn<()> {
    let query = UrlSearchParams::new()?;
    for (name, value) in wish.changed() {
        query.append(name, value);
    }
    let path = window().location().pathname()?;
    let query = query.to_string().as_string().unwrap_or_default();
    let address = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    window()
        .history()?
        .replace_state_with_url(&JsValue::NULL, "", Some(&address))
}

/// Copies the address (`source` empty) or an element's text, and says so on the button for a moment.
fn copy(button: &Element, source: &str) -> Drawn<()> {
    let text = if source.is_empty() {
        window().location().href()?
    } else {
        by_id(source)?.text_content().unwrap_or_default()
    };
    // Without permission nothing is copied; the text is still there to select.
    let _ = window().navigator().clipboard().write_text(&text);
    let before = button.text_content().unwrap_or_default();
    if before != "Copied" {
        button.set_text_content(Some("Copied"));
        let button = button.clone();
        Timeout::new(COPIED_MS, move || button.set_text_content(Some(&before))).forget();
    }
    Ok(())
}

/// Shows a tab's panel and hides the others.
fn choose(tab: &Element, tabs: &[Element]) -> Drawn<()> {
    for other in tabs {
        let chosen = other == tab;
        other.set_attribute("aria-selected", if chosen { "true" } else { "false" })?;
        other.set_attribute("tabindex", if chosen { "0" } else { "-1" })?;
        let panel = other.get_attribute("aria-controls").unwrap_or_default();
        by_id(&panel)?.toggle_attribute_with_force("hidden", !chosen)?;
    }
    Ok(())
}

/// The arrow keys go from tab to tab.
fn walk(event: &Event, at: usize, tabs: &[Element]) -> Drawn<()> {
    let last = tabs.len().saturating_sub(1);
    let to = match event.unchecked_ref::<KeyboardEvent>().key().as_str() {
        "ArrowRight" => {
            if at == last {
                0
            } else {
                at.saturating_add(1)
            }
        }
        "ArrowLeft" => {
            if at == 0 {
                last
            } else {
                at.saturating_sub(1)
            }
        }
        "Home" => 0,
        "End" => last,
        _ => return Ok(()),
    };
    event.prevent_default();
    let Some(tab) = tabs.get(to) else {
        return Ok(());
    };
    tab.unchecked_ref::<HtmlElement>().focus()?;
    choose(tab, tabs)
}
