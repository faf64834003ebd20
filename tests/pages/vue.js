// A shop in Vue 3: one element is kept from product to product, one replaced by its key, one there only where the shop believes that there is a film; the
// listing is kept alive while a product is shown.
import { computed, createApp, ref, watchEffect } from 'vue';
import { languages, place, products } from './products.js';

const path = ref(location.pathname);
addEventListener('popstate', () => (path.value = location.pathname));
const here = computed(() => place(path.value));

const navigate = (event) => {
  history.pushState(null, '', event.currentTarget.pathname);
  path.value = location.pathname;
};

const Listing = {
  props: ['language'],
  setup: () => ({ products }),
  template: `<ul><li v-for="({ name, gtin }, slug) in products" :key="slug">{{ name }} <shelf-reel :id="slug" :gtin :lang="language"></shelf-reel></li></ul>`,
};

const Product = {
  props: ['language', 'slug', 'product'],
  template: `
    <h1>{{ product.name }}</h1>
    <shelf-reel id="kept" :gtin="product.gtin"></shelf-reel>
    <shelf-reel id="replaced" :key="slug" :gtin="product.gtin" :lang="language"></shelf-reel>
    <shelf-reel id="sometimes" v-if="slug !== 'none'" :gtin="product.gtin"></shelf-reel>`,
};

const app = createApp({
  components: { Listing, Product },
  setup: () => ({ here, languages, navigate, path, products }),
  template: `
    <nav>
      <a v-for="one in languages" :href="'/' + here.shop + '/' + one + '/' + here.slug" @click.prevent="navigate">{{ one }}</a>
      <a :href="'/' + here.shop + '/' + here.language + '/'" @click.prevent="navigate">all</a>
      <a v-for="(_, one) in products" :href="'/' + here.shop + '/' + here.language + '/' + one" @click.prevent="navigate">{{ one }}</a>
    </nav>
    <main :data-path="path">
      <KeepAlive>
        <Product v-if="here.product" v-bind="here"></Product>
        <Listing v-else :language="here.language"></Listing>
      </KeepAlive>
    </main>`,
});
app.config.compilerOptions.isCustomElement = (tag) => tag === 'shelf-reel';
watchEffect(() => (document.documentElement.lang = here.value.language));
app.mount('#app');
