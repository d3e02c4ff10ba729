"""The cloth's fall: Blender's cloth simulation around the body."""

import bpy
import numpy as np
from clothes import Cut, SewnCloth
from figure import Figure


def fall(figure: Figure, piece: SewnCloth, cut: Cut, frames: int = 22) -> None:
    """Let ``piece`` fall into folds on the figure; changes its points."""
    scene = bpy.context.scene
    body = bpy.data.meshes.new("obstacle")
    body.from_pydata(figure.points[:13380].tolist(), [], figure.faces["body"])
    obstacle = bpy.data.objects.new("obstacle", body)
    scene.collection.objects.link(obstacle)
    obstacle.modifiers.new("collision", "COLLISION")
    obstacle.collision.thickness_outer = 0.004
    obstacle.collision.cloth_friction = 12

    mesh = bpy.data.meshes.new("cloth")
    across, _, up = piece.points.T
    uneven = (
        0.004 * np.sin(31 * across + 11 * up + 2) * [[0], [1], [0]]
    )  # so that both sides fold differently
    mesh.from_pydata((piece.points - uneven.T).tolist(), [], piece.faces)
    cloth = bpy.data.objects.new("cloth", mesh)
    scene.collection.objects.link(cloth)
    held = cloth.vertex_groups.new(name="held")
    if cut.kind == "trousers":
        top = piece.points[:, 2].max()
        held.add(np.flatnonzero(piece.points[:, 2] > top - 0.03).tolist(), 1.0, "REPLACE")
    else:
        held.add(np.flatnonzero(piece.collar < 0.012).tolist(), 1.0, "REPLACE")
    modifier = cloth.modifiers.new("cloth", "CLOTH")
    settings = modifier.settings
    settings.quality = 5
    settings.mass = 0.25
    settings.tension_stiffness = settings.compression_stiffness = 18
    settings.shear_stiffness = 6
    settings.bending_stiffness = 0.35
    settings.shrink_min = settings.shrink_max = -cut.grown
    settings.vertex_group_mass = "held"
    modifier.collision_settings.distance_min = 0.004
    modifier.collision_settings.collision_quality = 2
    modifier.collision_settings.use_self_collision = False
    modifier.point_cache.frame_end = frames
    scene.frame_start, scene.frame_end = 1, frames
    for frame in range(1, frames + 1):
        scene.frame_set(frame)
    fallen = cloth.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    piece.points = np.array([v.co for v in fallen.vertices])
    bpy.data.objects.remove(cloth)
    bpy.data.objects.remove(obstacle)
