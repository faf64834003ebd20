// A shop in React 19, in StrictMode: in development it mounts everything twice. One element is kept from product to product, the other replaced.
import { StrictMode, useEffect, useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { languages, place, products } from './products.js';

const listeners = new Set();
const changed = () => listeners.forEach((listener) => listener());
const subscribe = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
addEventListener('popstate', changed);

const navigate = (event) => {
  event.preventDefault();
  const { pathname } = event.currentTarget;
  const go = () => {
    history.pushState(null, '', pathname + location.search);
    changed();
  };
  // A shop that likes its pages to glide.
  if (location.search !== '?glide') go();
  else document.startViewTransition(() => flushSync(go));
};

const Link = ({ to, children }) => <a href={to} onClick={navigate}>{children}</a>;

function Listing({ language }) {
  return <ul>{Object.entries(products).map(([slug, { name, gtin }]) => (
    <li key={slug}>{name} <shelf-reel id={slug} gtin={gtin} lang={language} /></li>
  ))}</ul>;
}

function Product({ language, slug, product: { name, gtin } }) {
  return <>
    <h1>{name}</h1>
    <shelf-reel id="kept" gtin={gtin} />
    <shelf-reel id="replaced" key={slug} gtin={gtin} lang={language} />
  </>;
}

function Shop() {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  const { shop, language, slug, product } = place(path);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return <>
    <nav>
      {languages.map((one) => <Link key={one} to={`/${shop}/${one}/${slug}`}>{one}</Link>)}
      <Link to={`/${shop}/${language}/`}>all</Link>
      {Object.keys(products).map((one) => <Link key={one} to={`/${shop}/${language}/${one}`}>{one}</Link>)}
    </nav>
    <main data-path={path}>{product ? <Product language={language} slug={slug} product={product} /> : <Listing language={language} />}</main>
  </>;
}

createRoot(document.getElementById('app')).render(<StrictMode><Shop /></StrictMode>);
