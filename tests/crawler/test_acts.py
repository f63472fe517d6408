"""Links that act: known by their form, left out and counted; honest pages with such words in them are read."""

from __future__ import annotations

import pytest
from crawl_server import Server, page
from crawls import crawl, fetched

from crawler.urls.acts import Act, act_of, names_login

SURE = [
    "/abmelden",
    "/fr/d%C3%A9connexion/",
    "/my-account/customer-logout/?_wpnonce=1f",
    "/Account/SignOut",
    "/logout.action",
    "/?route=account/logout",
    "/index.php?option=com_users&task=user.logout&4f=1",
    "/w/Spezial:Abmelden",
    "/mug/?add-to-cart=12",
    "/mug/?add_to_wishlist=12",
    "/cart/change?line=2&quantity=0",
    "/cart/33445566:1",
    "/checkout/cart/add/uenc/aHR0cA,,/product/9/form_key/x/",
    "/catalog/product_compare/add/product/9/",
    "/panier/ajouter/9",
    "/warenkorb/hinzuf%C3%BCgen/9",
    "/w/index.php?title=Main_Page&action=edit",
    "/forum/posting.php?mode=quote&p=7",
    "/forum/viewforum.php?f=2&hash=a1&mark=topics&action=markread",
    "/node/12/delete",
    "/admin/shop/order/12/delete/",
    "/comment/12/downvote",
    "/item?id=12&do=vote",
    "/vote?id=12&how=up",
    "/newsletter/unsubscribe/4f3a9bc2d1e0",
    "/unsubscribe?u=4f",
    "/post/?replytocom=77#respond",
    "/deleteitem.php?action=remove&id=4",
    "/posts/12/like",
    "/panier?ajouter=8",
    "/shop/cart.php?add=5&size=m",
    "/items/3?_method=delete",
    "/inbox/mark-as-read?all=1",
]
LIKELY = [
    "/like?post=3",
    "/users/follow?id=4",
    "/inbox/mark-all-read",
    "/konto/delete-account",
    "/newsletter/unsubscribe",
    "/shop/add-to-cart",
    "/team/logout",
    "/profile/delete",
]
FAINT = [
    "/watch?v=4f",
    "/annual/report?year=2024",
    "/post/?share=twitter",
    "/docs/api/delete",
    "/help/logout",
    "/glossary/add-to-cart",
    "/x?action=frobnicate",
]
HONEST = [
    "/blog/how-to-delete-a-page",
    "/vote-results",
    "/elections/2024/vote-results",
    "/2024/11/05/vote-early",
    "/elections/2024",
    "/cart",
    "/checkout",
    "/wishlist",
    "/login?next=/logout",
    "/search?q=logout",
    "/?s=delete+account",
    "/index.php?action=view&id=5",
    "/index.php?route=product/category&path=20_27",
    "/?page=2&sort=price",
    "/?mode=grid",
    "/add",
    "/followers",
    "/reports/12",
    "/watch/123456",
    "/like-new",
    "/cart?added=1",
    "/remove-stains-from-silver",
    "/wiki/Delete_(SQL)",
    "/products/log-out-mug",
    "/voting",
    "/share",
    "/carts/golf",
]


@pytest.mark.parametrize(
    ("path", "act"),
    [
        *((path, Act.SURE) for path in SURE),
        *((path, Act.LIKELY) for path in LIKELY),
        *((path, Act.FAINT) for path in FAINT),
        *((path, None) for path in HONEST),
    ],
)
def test_the_form_of_an_address_says_whether_it_acts(path: str, act: Act | None) -> None:
    assert act_of(f"https://shop.test{path}") is act


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/login", True),
        ("/de/anmelden/?return=/a", True),
        ("/users/sign_in", True),
        ("/session/new", True),
        ("/ucp.php?mode=login", True),
        ("/wp-login.php?redirect_to=x", True),
        ("/docs/login", False),
        ("/login-help", False),
        ("/catalogue/new", False),
        ("/", False),
    ],
)
def test_a_login_is_known_by_its_address(path: str, expected: bool) -> None:
    assert names_login(f"https://shop.test{path}") is expected


def acting(server: Server) -> None:
    """A shop whose links act in sure and in doubtful ways, some with rel=nofollow."""
    body = (
        b'<a href="/logout">Out</a><a href="/?add-to-cart=1" rel="nofollow">Add</a><a href="/comment/7/delete">x</a>'
        b'<a href="/account/delete">Close</a><a href="/?share=mail" rel="ugc nofollow">Mail</a>'
        b'<a href="/?like=1">Like</a><a href="/blog/how-to-delete-a-page" rel=nofollow>How to</a>'
        b'<a href="/help/logout" rel=nofollow>a</a> <a href="/help/logout">b</a>'
    )
    server.otherwise = lambda handler: handler.reply(page())
    server.answers["/"] = lambda handler: handler.reply(page() + body)
    server.answers["/robots.txt"] = lambda handler: handler.reply(b"", status=404)


ENDORSED = {"/", "/?like=1", "/blog/how-to-delete-a-page", "/help/logout"}


@pytest.mark.parametrize(
    ("options", "read", "left_out"),
    [
        pytest.param({}, {*ENDORSED, "/account/delete"}, 4, id="a guest"),
        pytest.param({"auth": "cookie:session=1"}, ENDORSED, 5, id="logged in"),
    ],
)
def test_links_that_act_are_left_out_and_counted_on_a_recrawl_too(
    server: Server, sqlite_url: str, options: dict[str, object], read: set[str], left_out: int
) -> None:
    acting(server)
    for _ in range(2):  # the second crawl finds the page unchanged and goes by the links in the store
        summary = crawl(f"{server.base}/", sqlite_url, **options)
        assert fetched(sqlite_url) == read
        assert summary["counts"]["skipped/acts"] == left_out
    assert {path for path in server.requests if path != "/robots.txt"} == read


def test_links_that_act_are_followed_on_demand(server: Server, sqlite_url: str) -> None:
    acting(server)
    summary = crawl(f"{server.base}/", sqlite_url, follow_actions=True)
    assert "skipped/acts" not in summary["counts"]
    assert summary["counts"]["pages"] == 9


def test_a_sitemap_does_not_make_a_log_out_a_page(server: Server, sqlite_url: str) -> None:
    acting(server)
    named = "".join(f"<url><loc>{server.base}{path}</loc></url>" for path in ("/account/delete", "/user/logout"))
    server.answers["/sitemap.xml"] = lambda handler: handler.reply(f"<urlset>{named}</urlset>".encode())
    server.answers["/"] = lambda handler: handler.reply(page())
    summary = crawl(f"{server.base}/", sqlite_url, sitemaps=True, auth="cookie:session=1")
    assert fetched(sqlite_url) == {"/", "/account/delete"}
    assert summary["counts"]["skipped/acts"] == 1
