// A part of the player's glue: what a language is called.

/** The name of a language in another, as menus of captions have it; its tag where the browser knows none. */
export const tongue = (language, wished) => {
  try {
    return new Intl.DisplayNames(wished, { type: 'language' }).of(language)
  } catch {
    return language
  }
}
