/** The sentences of the camera. They load with it. */
export const cameraText = {
  title: "Take a photo",
  hint: "Stand so far away that your shoulders and hips are in the picture.",
  asking: "Waiting for the camera…",
  take: "Take the photo",
  later: "In 5 seconds",
  countdown: (seconds: number) => `In ${seconds}…`,
  again: "Try again",
  problem: {
    insecure: "Browsers give the camera to secure pages only. Open this page by https, or on the computer it runs on.",
    denied: "This page may not use the camera. Allow it in the browser's settings for this site, then try again.",
    absent: "There is no camera. Connect one, or upload a photo in the Studio.",
    busy: "The camera is in use by another program. Close that, then try again.",
    webgl: "This browser cannot draw in 3D (WebGL is off), which the mirror needs. The Studio works without it.",
    model: "What finds your body could not be loaded. Check your connection and try again.",
  },
} as const;
