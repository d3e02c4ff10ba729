"""What a garment is called in a prompt."""

from schemas.jobs.try_on import GarmentPart

GARMENT = {
    GarmentPart.UPPER: "top",
    GarmentPart.LOWER: "trousers or skirt",
    GarmentPart.OVERALL: "dress or one-piece",
}
