// What the floor loads when a pointer comes.
export const play = ({ sources, poster }, edge) => {
  const dialog = document.createElement('dialog')
  const video = document.createElement('video')
  Object.assign(video, { src: edge + sources[0].url, poster: edge + poster, controls: true, autoplay: true, playsInline: true })
  video.style.width = '100%'
  dialog.append(video)
  dialog.onclose = () => dialog.remove()
  document.body.append(dialog)
  dialog.showModal()
}
