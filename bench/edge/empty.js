// The least that a JavaScript worker can do.
export default {
  fetch() {
    return new Response('ok');
  },
};
