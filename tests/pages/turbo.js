// A shop whose pages come from its server (tests/support/shop.mjs), and are put in each other's place by Turbo: from its cache first, as a preview, where it has been before.
import '@hotwired/turbo';
