/** The sentences of the mirror. They load with it. */
export const mirrorText = {
  lead: "Wear a garment on your camera's picture, then let one moment become a real try-on.",
  privacy: "The camera's picture is looked at on this device only. Nothing leaves it before you press Snap; then one frame is sent, without the garment.",
  start: "Start the camera",
  startMetered: "Load 17 MB and start the camera",
  stop: "Stop the camera",
  noGarment: "The garment's picture could not be loaded. Choose it again, or another one.",
  asking: "Waiting for the camera…",
  size: "The first time, 17 MB are loaded.",
  metered: "Your connection may be metered. The first time, 17 MB are loaded; nothing is until you say so.",
  loading: "Loading what finds your body…",
  add: "Add mine",
  addHint: "Choose your garment in the Studio and cut it out of its background: from then on it hangs here, too.",
  snap: "Snap: try it on for real",
  coach: {
    absent: "Step into view, facing the camera.",
    back: "Step back until your shoulders and hips are in the picture.",
    closer: "Come closer.",
    level: "Hold your shoulders level.",
    arms: "Let your arms hang beside you, a little away from the body.",
    good: "Good. Hold still and press Snap.",
  },
} as const;
