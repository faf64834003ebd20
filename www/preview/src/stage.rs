//! The stage: a product page in a frame, which gets the real tag and a real element anew for every question.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement, HtmlIFrameElement};

use crate::dom::{Drawn, add};
use crate::spy::{Seen, Spy, Tell};
use crate::wish::Wish;

/// The page in the frame, relative to the preview's.
const PAGE: &str = "stage/";
/// The widths of the two devices, in CSS pixels.
const PHONE: f64 = 390.0;
const COMPUTER: f64 = 1024.0;

/// The frame and what is shown in it.
pub(crate) struct Stage {
    frame: HtmlIFrameElement,
    edge: String,
    tell: Tell,
    wish: RefCell<Wish>,
    /// What must live as long as the page in the frame.
    held: RefCell<Option<(Spy, EventListener)>>,
}

impl Stage {
    /// Opens the stage with a first wish.
    pub(crate) fn open(frame: HtmlIFrameElement, edge: String, wish: Wish, tell: Tell) -> Rc<Self> {
        let stage = Rc::new(Self {
            frame,
            edge,
            tell,
            wish: RefCell::new(wish),
            held: RefCell::default(),
        });
        let weak = Rc::downgrade(&stage);
        EventListener::new(&stage.frame, "load", move |_| {
            if let Some(Err(error)) = weak.upgrade().map(|stage| stage.fill()) {
                gloo::console::error!("the stage could not be set:", error);
            }
        })
        // The frame lives as long as the page.
        .forget();
        stage.frame.set_src(PAGE);
        stage
    }

    /// Shows another wish: at once where only the look differs, else with the page loaded anew.
    /// Says whether the edge is asked again.
    pub(crate) fn show(&self, wish: Wish) -> Drawn<bool> {
        let before = self.wish.replace(wish);
        let wish = self.wish.borrow();
        if wish.asks_the_same_as(&before) {
            if let Some(page) = self.document() {
                paint(&page, &wish)?;
                if let Some(element) = find(&page, "shelf-reel") {
                    dress(&element, &wish)?;
                }
            }
            return Ok(false);
        }
        if let Some(window) = self.frame.content_window() {
            window.location().reload()?;
        }
        Ok(true)
    }

    /// Fits the frame into its place, at the width of the chosen device.
    pub(crate) fn fit(&self) -> Drawn<()> {
        let Some(place) = self.frame.parent_element() else {
            return Ok(());
        };
        let width = f64::from(place.client_width());
        let device = match self.wish.borrow().get("device") {
            "computer" => COMPUTER,
            _ => PHONE.min(width),
        };
        let scale = (width / device).min(1.0);
        let height = f64::from(place.client_height()) / scale;
        let style = self.frame.style();
        style.set_property("width", &format!("{device}px"))?;
        style.set_property("height", &format!("{height}px"))?;
        style.set_property("transform", &format!("scale({scale})"))
    }

    fn document(&self) -> Option<Document> {
        self.frame.content_document()
    }

    /// Sets the page that has just loaded: first the spy, then the element, then the tag.
    fn fill(&self) -> Drawn<()> {
        let (Some(page), Some(window)) = (self.document(), self.frame.content_window()) else {
            return Ok(());
        };
        let spy = Spy::on(&window, &self.tell)?;
        let wish = self.wish.borrow();
        paint(&page, &wish)?;
        if let Some(place) = find(&page, "#film") {
            add(&place, &element(&page, &wish)?)?;
        }
        let tag = tag(&page, &self.edge, &wish)?;
        let tell = self.tell.clone();
        let edge = self.edge.clone();
        let failed = EventListener::new(&tag, "error", move |_| {
            let say = format!(
                "{edge} could not be reached: the tag did not load, and the page stays as it is."
            );
            tell(Seen::Failed { say });
        });
        *self.held.borrow_mut() = Some((spy, failed));
        if let Some(head) = find(&page, "head") {
            add(&head, &tag)?;
        }
        Ok(())
    }
}

fn find(page: &Document, selector: &str) -> Option<Element> {
    page.query_selector(selector).ok().flatten()
}

/// The element as the shop would write it, in the theme of the wish.
fn element(page: &Document, wish: &Wish) -> Drawn {
    let element = page.create_element("shelf-reel")?;
    for (name, value) in wish.attributes() {
        element.set_attribute(name, value)?;
    }
    dress(&element, wish)?;
    Ok(element)
}

/// Gives the product page the colour of the shop's.
fn paint(page: &Document, wish: &Wish) -> Drawn<()> {
    let body = page.body().ok_or("a page without a body")?;
    body.style().set_property("background", wish.get("page"))
}

fn dress(element: &Element, wish: &Wish) -> Result<(), JsValue> {
    element.remove_attribute("style")?;
    let style = element.unchecked_ref::<HtmlElement>().style();
    for (name, value) in wish.theme() {
        style.set_property(name, &value)?;
    }
    Ok(())
}

fn tag(page: &Document, edge: &str, wish: &Wish) -> Drawn {
    let tag = page.create_element("script")?;
    tag.set_attribute("async", "")?;
    tag.set_attribute("data-shop", wish.get("shop"))?;
    if !wish.get("market").is_empty() {
        tag.set_attribute("data-market", wish.get("market"))?;
    }
    tag.set_attribute("src", &format!("{edge}/v1/shelfreel.js"))?;
    Ok(tag)
}
