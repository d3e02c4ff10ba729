"""Visitors who have not signed up: what they may do, and how they become users."""

import httpx
from loopback import http_client


def _client(url: str) -> httpx.AsyncClient:
    return http_client(url)


async def test_a_guest_works_and_keeps_everything_by_signing_up(site):
    async with site.gateway(guests=True) as url, _client(url) as visitor:
        config = (await visitor.get("/config.json")).json()
        assert (config["guests"], config["cookies"]) == (True, False)
        guest = await visitor.post("/user/guest")
        assert guest.status_code == 201
        assert (guest.json()["guest"], guest.json()["email"]) == (True, None)
        assert (await visitor.get("/config.json")).json()["cookies"], "now asking who that is is worth it"
        wanted = {"fileName": "me.jpg", "fileType": "image/jpeg", "fileSize": 10}
        assert (await visitor.post("/images/presignedUploadUrl", json=wanted)).status_code == 200

        account = {"email": "new@example.com", "password": "long enough", "name": "New"}
        signed_up = await visitor.post("/user/signup", json=account)
        assert signed_up.status_code == 201
        assert signed_up.json()["id"] == guest.json()["id"]
        assert signed_up.json()["guest"] is False
        async with _client(url) as elsewhere:
            again = await elsewhere.post("/user/login", json={k: account[k] for k in ("email", "password")})
            assert again.json()["id"] == guest.json()["id"]


async def test_a_taken_address_leaves_the_guest_a_guest(site):
    account = {"email": "taken@example.com", "password": "long enough"}
    async with site.gateway(guests=True) as url, _client(url) as owner, _client(url) as visitor:
        await owner.post("/user/signup", json=account)
        guest = (await visitor.post("/user/guest")).json()
        assert (await visitor.post("/user/signup", json=account)).status_code == 409
        assert (await visitor.get("/user")).json() == guest


async def test_signing_up_beside_a_user_makes_another_one(site):
    async with site.gateway() as url, _client(url) as browser:
        first = await browser.post("/user/signup", json={"email": "a@example.com", "password": "long enough"})
        second = await browser.post(
            "/user/signup", json={"email": "b@example.com", "password": "long enough"}
        )
        assert first.json()["id"] != second.json()["id"]


async def test_no_guests_unless_the_operator_says_so(site):
    async with site.gateway() as url, _client(url) as visitor:
        assert (await visitor.get("/config.json")).json()["guests"] is False
        refused = await visitor.post("/user/guest")
        assert (refused.status_code, refused.json()["code"]) == (403, "no_guests")


async def test_guests_wait_in_the_standard_lane(site):
    async with site.gateway(guests=True) as url, _client(url) as visitor:
        guest = (await visitor.post("/user/guest")).json()
        key = f"users/{guest['id']}/uploads/x.jpg"
        pictures = {"user_snap_s3": key, "uncleaned_outfit_s3": key, "options": {"lane": "vip"}}
        for route, body in (("/jobs/weaver", {**pictures, "vton_id": guest["id"]}), ("/api/snap", pictures)):
            refused = await visitor.post(route, json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "lane_not_allowed"), route
            body["options"] = {"lane": "standard"}
            assert (await visitor.post(route, json=body)).json()["code"] == "object_not_found"
