// The floor: a button as somebody would write it by hand for this one page. No languages, no reports, no strict pages, nothing for a screen reader.
const tag = document.currentScript
const { origin } = new URL(tag.src)
addEventListener('DOMContentLoaded', async () => {
  const place = document.querySelector('[data-film]')
  const { products } = await (await fetch(`${origin}/answer/${place.dataset.film}.json`)).json()
  const film = products[0]?.videos[0]
  if (!film) return
  const button = document.createElement('button')
  button.textContent = 'Voir la vidéo'
  const player = () => import(`${origin}/floor-player.js`)
  button.onpointerenter = player
  button.onclick = async () => (await player()).play(film, place.dataset.at)
  place.append(button)
})
