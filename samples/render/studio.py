"""The photographer's part: backdrop, lamps, camera and the picture itself."""

from math import radians
from pathlib import Path

import bpy
from mathutils import Vector

WIDTH, HEIGHT = 768, 1024


def empty() -> None:
    """A new scene, rendered by Cycles on the CPU."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Punchy"
    scene.view_settings.exposure = 0.55
    scene.world = bpy.data.worlds.new("room")
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.9, 0.95, 1.0, 1)
    scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.32


def plain(name: str, colour: tuple[float, float, float], roughness: float) -> bpy.types.Material:
    """A material of one colour."""
    material = bpy.data.materials.new(name)
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    return material


def backdrop(colour: tuple[float, float, float], distance: float = 1.1) -> None:
    """A wall that curves into the floor, ``distance`` metres behind the figure."""
    from math import cos, pi, sin

    profile = [(-3.0, 0.0)]
    profile += [(distance - 0.6 + 0.6 * sin(t * pi / 16), 0.6 - 0.6 * cos(t * pi / 16)) for t in range(9)]
    profile += [(distance, 4.0)]
    points = [(x, y, z) for y, z in profile for x in (-4.0, 4.0)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh = bpy.data.meshes.new("backdrop")
    mesh.from_pydata(points, [], faces)
    mesh.shade_smooth()
    mesh.materials.append(plain("paper", colour, 0.9))
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("backdrop", mesh))


def lamp(
    place: tuple[float, float, float], aim: tuple[float, float, float], size: float, watts: float
) -> None:
    """A square softbox of ``size`` metres."""
    light = bpy.data.lights.new("softbox", "AREA")
    light.shape, light.size, light.energy = "SQUARE", size, watts
    lit = bpy.data.objects.new("softbox", light)
    lit.location = place
    lit.rotation_euler = (Vector(aim) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(lit)


def lamps(height: float) -> None:
    """A large key light from the left above, a weaker fill from the right, and one on the hair."""
    lamp((-1.7, -2.3, height + 0.55), (0, 0, height - 0.45), 1.4, 74)
    lamp((2.2, -1.9, height - 0.2), (0, 0, height - 0.5), 1.8, 17)
    lamp((1.0, 0.9, height + 0.9), (0, 0, height - 0.2), 0.7, 16)
    lamp((0, -0.9, height + 1.4), (0, 1.0, 1.0), 2.0, 20)


def camera(aim: tuple[float, float, float], tall: float, lens: float = 85) -> None:
    """A camera in front, which sees ``tall`` metres of what stands at ``aim``."""
    view = bpy.data.cameras.new("camera")
    view.sensor_fit, view.sensor_height, view.lens = "VERTICAL", 36, lens
    seen = bpy.data.objects.new("camera", view)
    seen.location = (aim[0], aim[1] - tall * lens / 36, aim[2])
    seen.rotation_euler = (radians(90), 0, 0)
    bpy.context.scene.collection.objects.link(seen)
    bpy.context.scene.camera = seen


def shoot(path: Path, samples: int, percent: int, threads: int) -> None:
    """Render, denoise and write a PNG."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = percent
    if threads:
        scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.cycles.samples = samples
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.02
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.max_bounces = 6
    scene.cycles.transparent_max_bounces = 12
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
