/** The sentences of the body form. They load with it. */
import type { MeasureName } from "./measures";

const names: Record<MeasureName, string> = {
  height: "Height",
  weight: "Weight",
  chest: "Chest or bust",
  underbust: "Under the bust",
  waist: "Waist",
  hips: "Hips",
  shoulder: "Shoulder width",
  inseam: "Inside leg",
  arm: "Arm",
  neck: "Neck",
  thigh: "Thigh",
};

const where: Record<MeasureName, string> = {
  height: "From the floor to the top of the head, without shoes.",
  weight: "On a scale, in light clothes. It never names a size.",
  chest: "Level, around the fullest part, under the arms and over the shoulder blades. Breathe normally.",
  underbust: "Level, right below the bust.",
  waist: "Level, half-way between the lowest rib and the top of the hip bone, after breathing out. Do not pull the tape.",
  hips: "Level, around the fullest part of the seat, feet together.",
  shoulder: "Over the upper back, from shoulder point to shoulder point.",
  inseam: "From the crotch straight down to the floor.",
  arm: "From the shoulder point over the slightly bent elbow to the wrist bone.",
  neck: "Around the neck, just below the Adam's apple.",
  thigh: "Level, around the top of the leg, just below the seat.",
};

export const bodyText = {
  title: "Your measures",
  lead: "Told once, used for every garment. They stay on this server, for you alone: in no log and no statistic. You can erase them at any moment.",
  names,
  where,
  units: "Units",
  metric: "cm, kg",
  imperial: "inches, lb",
  unit: { cm: "cm", kg: "kg", in: "in", lb: "lb" },
  again: (name: string) => `${name}, once more`,
  mean: (value: string) => `The mean counts: ${value}.`,
  apart: "The two differ by more than 2 cm. Measure once more, with the tape level and loose.",
  estimated: (name: string) => `${name} is estimated, not taken with a tape`,
  estimate: "estimate",
  only: "Height and weight alone are welcome, but they never name a size: chest, waist and hips do.",
  tape: (name: string) => `Where the tape goes: ${name}`,
  number: "Write a number, such as 96 or 96.5.",
  save: "Save",
  saved: "Your measures are saved.",
  erase: "Erase my measures",
  erased: "Your measures are erased.",
  signIn: "Sign in to keep your measures.",
};
