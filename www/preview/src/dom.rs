//! Building elements without `innerHTML`: what the edge answers is text, whatever is in it.

use gloo::utils::document;
use wasm_bindgen::JsValue;
use web_sys::Element;

/// Something drawn, or the browser's reason why not.
pub(crate) type Drawn<T = Element> = Result<T, JsValue>;

/// An element with its class and its children.
pub(crate) fn node(tag: &str, class: &str, children: &[&Element]) -> Drawn {
    let element = document().create_element(tag)?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    for child in children {
        element.append_child(child)?;
    }
    Ok(element)
}

/// An element with its class and a text.
pub(crate) fn text(tag: &str, class: &str, text: &str) -> Drawn {
    let element = node(tag, class, &[])?;
    element.set_text_content(Some(text));
    Ok(element)
}

/// Puts a child at the end of an element.
pub(crate) fn add(parent: &Element, child: &Element) -> Drawn<()> {
    parent.append_child(child).map(|_| ())
}

/// The element of the page with this id.
pub(crate) fn by_id(id: &str) -> Drawn {
    document()
        .get_element_by_id(id)
        .ok_or_else(|| JsValue::from_str(&format!("the page has no #{id}")))
}

/// Every element of the page that a selector finds.
pub(crate) fn all(selector: &str) -> Drawn<Vec<Element>> {
    let found = document().query_selector_all(selector)?;
    Ok((0..found.length())
        .filter_map(|i| found.get(i))
        .map(wasm_bindgen::JsCast::unchecked_into)
        .collect())
}

/// Puts these, and nothing else, into an element.
pub(crate) fn replace(parent: &Element, children: &[&Element]) -> Drawn<()> {
    parent.set_text_content(None);
    for child in children {
        parent.append_child(child)?;
    }
    Ok(())
}
