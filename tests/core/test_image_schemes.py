"""The table of image servers: what folds, what must stay apart, and what hostile addresses cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.identity.image_schemes import ImageScheme, image_schemes, read_table
from core.identity.urls import MAX_URL_CHARS, _canonical, absolute, canonical_image_url

HASH = "0123456789abcdef0123456789abcdef"
UUID = "01234567-89ab-cdef-0123-456789abcdef"

# Scheme -> groups of addresses. Those within a group are one image; no two groups are.
# A leading '=' marks the form that the others fold to, where it is told.
CASES: dict[str, list[list[str]]] = {
    "Campaign parameters": [
        [
            "https://a.test/x.jpg?utm_source=mail&utm_medium=x&fbclid=1",
            "https://a.test/x.jpg?gclid=2",
            "=https://a.test/x.jpg",
        ],
        ["https://a.test/x.jpg?utm=1"],
        ["https://a.test/x.jpg?source=mail"],
    ],
    "Time stamp that jQuery adds to pass a cache": [
        ["https://a.test/x.jpg?_=1700000000000", "https://a.test/x.jpg?_=1700000000001"],
        ["https://a.test/x.jpg?_=17"],
        ["https://a.test/x.php?_=1700000000000"],
        ["https://a.test/x.php?_=1700000000001"],
    ],
    "Akamai Image and Video Manager": [
        [
            "https://a.test/x.jpg?imwidth=300",
            "https://a.test/x.jpg?imwidth=1600&imdensity=2",
            "https://a.test/x.jpg?impolicy=prod-small",
            "https://a.test/x.jpg?im=Resize,width=640",
            "https://a.test/x.jpg?im=Resize=(640,480)",
            "=https://a.test/x.jpg",
        ],
        ["https://a.test/x.jpg?impolicy=watermark&imwidth=300", "https://a.test/x.jpg?impolicy=watermark"],
        ["https://a.test/x.jpg?im=Crop,rect=(0,0,10,10)"],
        ["https://a.test/x.jpg?im=Resize,width=640;Crop,rect=(0,0,10,10)"],
        ["https://a.test/x.jpg?impolicy=crop-face"],
    ],
    "Next.js": [
        [
            "https://shop.test/_next/image?url=%2Fimg%2Fa.jpg&w=300&q=75",
            "https://shop.test/_next/image?q=1&w=64&url=/img/a.jpg",
            "=https://shop.test/img/a.jpg",
        ],
        ["https://shop.test/_next/image?url=%2Fimg%2Fb.jpg&w=300&q=75"],
        [
            "https://shop.test/docs/_next/image?url=https%3A%2F%2Fcdn.test%2Fa.jpg%3Fid%3D1&w=64&q=75",
            "=https://cdn.test/a.jpg?id=1",
        ],
        ["https://shop.test/_next/image?url=https%3A%2F%2Fcdn.test%2Fa.jpg%3Fid%3D2&w=64&q=75"],
    ],
    "Vercel": [
        ["https://a.test/_vercel/image?url=%2Fx.png&w=640&q=50", "=https://a.test/x.png"],
        ["https://a.test/_vercel/image?url=%2Fy.png&w=640&q=50"],
    ],
    "Netlify": [
        [
            "https://a.test/.netlify/images?url=/x.png&w=640&fit=cover",
            "https://a.test/.netlify/images?url=/x.png&fm=webp",
            "=https://a.test/x.png",
        ],
        ["https://a.test/.netlify/images?url=/y.png&w=640", "=https://a.test/y.png"],
    ],
    "Astro": [
        ["https://a.test/_image?href=%2F_astro%2Fx.AbC1.png&w=300&h=200&f=webp", "=https://a.test/_astro/x.AbC1.png"],
        ["https://a.test/_image?href=%2F_astro%2Fx.AbC2.png&w=300&h=200&f=webp"],
    ],
    "Gatsby image CDN": [
        [
            "https://a.test/_gatsby/image/aHR0/dz0z/x.jpg?u=https%3A%2F%2Fcms.test%2Fx.jpg&a=w%3D300&cd=1",
            "https://a.test/_gatsby/image/aHR0/dz02/x.jpg?u=https%3A%2F%2Fcms.test%2Fx.jpg&a=w%3D600&cd=1",
            "=https://cms.test/x.jpg",
        ],
        ["https://a.test/_gatsby/image/aHR1/dz0z/x.jpg?u=https%3A%2F%2Fcms.test%2Fy.jpg&a=w%3D300"],
    ],
    "Gatsby": [
        [f"https://a.test/static/{HASH}/1a2b3/x.jpg", f"https://a.test/static/{HASH}/9f8e7/x.jpg"],
        [f"https://a.test/static/{HASH[::-1]}/1a2b3/x.jpg"],
        [f"https://a.test/static/{HASH}/1a2b3/y/x.jpg"],
    ],
    "Nuxt, picture of another host": [
        [
            "https://a.test/_ipx/w_300,f_webp/https://cdn.test/x.jpg",
            "https://a.test/_ipx/_/https:/cdn.test/x.jpg",
            "=https://cdn.test/x.jpg",
        ],
        ["https://a.test/_ipx/w_300/https://cdn.test/y.jpg"],
        ["https://a.test/_ipx/w_300,blur_5/https://cdn.test/x.jpg"],
    ],
    "Nuxt": [
        [
            "https://a.test/_ipx/w_300&f_webp/img/x.jpg",
            "https://a.test/_ipx/_/img/x.jpg",
            "https://a.test/_ipx/s_300x200,q_80/img/x.jpg",
            "=https://a.test/img/x.jpg",
        ],
        ["https://a.test/_ipx/extract_0_0_10_10/img/x.jpg"],
        ["https://a.test/_ipx/w_300,rotate_90/img/x.jpg"],
        ["https://a.test/_ipx/w_300/img/y.jpg"],
    ],
    "Cloudflare, picture of another host": [
        [
            "https://a.test/cdn-cgi/image/width=300,quality=75/https://cdn.test/x.jpg?id=1",
            "https://a.test/cdn-cgi/image/w=3/https://cdn.test/x.jpg?id=1",
            "=https://cdn.test/x.jpg?id=1",
        ],
        ["https://a.test/cdn-cgi/image/width=300/https://cdn.test/x.jpg?id=2"],
        ["https://a.test/cdn-cgi/image/width=300,rotate=90/https://cdn.test/x.jpg?id=1"],
    ],
    "Cloudflare": [
        [
            "https://a.test/cdn-cgi/image/width=300,format=auto/img/x.jpg",
            "https://a.test/cdn-cgi/image/fit=cover,gravity=auto,w=9,h=9,/img/x.jpg",
            "=https://a.test/img/x.jpg",
        ],
        ["https://a.test/cdn-cgi/image/width=300,trim=10;20;30;40/img/x.jpg"],
        ["https://a.test/cdn-cgi/image/width=300,gravity=face/img/x.jpg"],
        ["https://a.test/cdn-cgi/image/width=300/img/y.jpg"],
    ],
    "Cloudflare Images": [
        [
            "https://imagedelivery.net/acc/id1/public",
            "https://imagedelivery.net/acc/id1/w=300,h=200",
            "https://imagedelivery.net/acc/id1/w=900",
        ],
        ["https://imagedelivery.net/acc/id2/public"],
        ["https://imagedelivery.net/acc/id1/avatar"],
        ["https://imagedelivery.net/acc/id1/w=300,blur=20"],
    ],
    "WordPress Photon over TLS": [
        [
            "https://i0.wp.com/blog.test/a.jpg?resize=300%2C200&ssl=1",
            "https://i2.wp.com/blog.test/a.jpg?w=1200&ssl=1",
            "=https://blog.test/a.jpg",
        ],
        ["https://i0.wp.com/blog.test/a.jpg?filter=grayscale&ssl=1"],
        ["https://i0.wp.com/blog.test/a.jpg?crop=0,0,50,50&ssl=1"],
        ["https://i0.wp.com/blog.test/b.jpg?ssl=1"],
        ["https://i0.wp.com/other.test/a.jpg?ssl=1"],
    ],
    "WordPress Photon": [
        [
            "https://i0.wp.com/blog.test/a.jpg?resize=300%2C200",
            "https://i1.wp.com/blog.test/a.jpg?w=1200&crop=1",
            "=http://blog.test/a.jpg",
        ],
        [
            "https://i0.wp.com/blog.test/wp-content/uploads/a-300x200.jpg?fit=9,9",
            "=http://blog.test/wp-content/uploads/a.jpg",
        ],
        ["https://i0.wp.com/latex.php?latex=x"],
    ],
    "Cloudinary": [
        [
            "https://res.cloudinary.com/demo/image/upload/w_300,h_200,c_fill/v1312461204/sample.jpg",
            "https://res.cloudinary.com/demo/image/upload/f_auto/q_auto:good/sample.jpg",
            "https://res.cloudinary.com/demo/image/upload/s--AbCd1234--/c_scale,w_9/v1/sample.jpg",
            "=https://res.cloudinary.com/demo/image/upload/sample.jpg",
        ],
        ["https://res.cloudinary.com/demo/image/upload/w_300,e_grayscale/sample.jpg"],
        ["https://res.cloudinary.com/demo/image/upload/c_crop,w_300,h_200,x_5,y_5/sample.jpg"],
        ["https://res.cloudinary.com/demo/image/upload/c_thumb,g_face,w_300/sample.jpg"],
        ["https://res.cloudinary.com/demo/image/upload/l_logo/w_300/sample.jpg"],
        ["https://res.cloudinary.com/demo/image/upload/t_banner/sample.jpg"],
        ["https://res.cloudinary.com/demo/image/upload/w_300/v1/team/sample.jpg"],
        ["https://res.cloudinary.com/other/image/upload/sample.jpg"],
    ],
    "Cloudinary under a host name of the site": [
        [
            "https://images.a.test/image/upload/w_300,c_limit/v1312461204/x.jpg",
            "=https://images.a.test/image/upload/x.jpg",
        ],
        ["https://images.a.test/image/upload/v2/x.jpg"],
        ["https://images.a.test/image/upload/w_300,a_90/x.jpg"],
    ],
    "Cloudinary, picture of another host": [
        [
            "https://res.cloudinary.com/demo/image/fetch/w_300,f_auto/https://cdn.test/x.jpg",
            "https://substackcdn.com/image/fetch/$s_!abcd!,w_1456,c_limit,f_auto,q_auto:good,fl_progressive:steep/https%3A%2F%2Fcdn.test%2Fx.jpg",
            "=https://cdn.test/x.jpg",
        ],
        [
            "https://res.cloudinary.com/demo/image/fetch/https%3A%2F%2Fcdn.test%2Fx.jpg%3Fid%3D1",
            "=https://cdn.test/x.jpg?id=1",
        ],
        ["https://res.cloudinary.com/demo/image/fetch/e_blur/https://cdn.test/x.jpg"],
    ],
    "imgix and what is built on it": [
        [
            "https://shop.imgix.net/a.jpg?w=300&auto=format&dpr=2",
            "https://shop.imgix.net/a.jpg?fit=crop&crop=entropy&w=1&h=2&s=abc",
            "=https://shop.imgix.net/a.jpg",
        ],
        ["https://shop.imgix.net/a.jpg?page=2"],
        ["https://shop.imgix.net/a.jpg?rect=0,0,5,5"],
        ["https://shop.imgix.net/a.jpg?rect=5,5,5,5"],
        ["https://shop.imgix.net/a.jpg?fit=facearea&facepad=2"],
        ["https://shop.imgix.net/a.jpg?txt=sale"],
        [
            "https://images.unsplash.com/photo-1?ixid=a&ixlib=b&w=300&q=80&fm=jpg&cs=tinysrgb",
            "https://images.unsplash.com/photo-1?utm_source=x",
        ],
        ["https://images.unsplash.com/photo-2?w=300"],
        [
            "https://images.pexels.com/photos/1/pexels-1.jpeg?auto=compress&cs=tinysrgb&dpr=2&h=650&w=940",
            "https://images.pexels.com/photos/1/pexels-1.jpeg",
        ],
        ["https://images.prismic.io/r/x.jpg?auto=compress,format&w=300", "https://images.prismic.io/r/x.jpg?w=600"],
        ["https://images.prismic.io/r/x.jpg?rect=0,0,10,10&w=300"],
    ],
    "imgix, picture of another host": [
        ["https://shop.imgix.net/https%3A%2F%2Fcdn.test%2Fx.jpg?w=300", "=https://cdn.test/x.jpg"],
        ["https://shop.imgix.net/https%3A%2F%2Fcdn.test%2Fx.jpg?blur=300"],
    ],
    "ImageKit in the path": [
        [
            "https://ik.imagekit.io/id/tr:w-300,h-200/x.jpg",
            "https://ik.imagekit.io/id/tr:w-300:h-200,fo-auto/x.jpg",
            "=https://ik.imagekit.io/id/x.jpg",
        ],
        ["https://ik.imagekit.io/id/tr:w-300,h-200,cm-extract/x.jpg"],
        ["https://ik.imagekit.io/id/tr:w-300,l-text/x.jpg"],
        ["https://ik.imagekit.io/id/tr:w-300,fo-face/x.jpg"],
    ],
    "ImageKit": [
        [
            "https://ik.imagekit.io/id/x.jpg?tr=w-300,h-200",
            "https://ik.imagekit.io/id/x.jpg?updatedAt=1700000000&ik-sdk-version=react-1",
            "=https://ik.imagekit.io/id/x.jpg",
        ],
        ["https://ik.imagekit.io/id/x.jpg?tr=w-300,bl-10"],
    ],
    "Uploadcare": [
        [
            f"https://ucarecdn.com/{UUID}/-/resize/300x/-/format/auto/-/quality/smart/x.jpg",
            f"https://ucarecdn.com/{UUID}/-/preview/-/progressive/yes/x.jpg",
            f"https://ucarecdn.com/{UUID}/-/scale_crop/300x200/center/x.jpg",
            f"=https://ucarecdn.com/{UUID}/x.jpg",
        ],
        [
            f"https://ucarecdn.com/{UUID}/-/crop/300x200/0,0/-/resize/30x/x.jpg",
            f"https://ucarecdn.com/{UUID}/-/crop/300x200/0,0/x.jpg",
        ],
        [f"https://ucarecdn.com/{UUID}/-/rotate/90/x.jpg"],
    ],
    "imgproxy, address in plain text": [
        [
            "https://img.a.test/insecure/rs:fill:300:200:0/g:no/plain/https://cdn.test/x.jpg@webp",
            "https://img.a.test/AbC_d-1/w:300/plain/https%3A%2F%2Fcdn.test%2Fx.jpg",
            "=https://cdn.test/x.jpg",
        ],
        ["https://img.a.test/insecure/c:100:100/plain/https://cdn.test/x.jpg"],
        ["https://img.a.test/insecure/rs:fill:300:200/blur:5/plain/https://cdn.test/x.jpg"],
        ["https://img.a.test/insecure/rs:fill:300:200/aHR0cHM6Ly9jZG4udGVzdC94LmpwZw.jpg"],
    ],
    "Thumbor, picture of another host": [
        [
            "https://t.a.test/unsafe/300x200/smart/https://cdn.test/x.jpg",
            "https://t.a.test/AbCdEfGhIjKlMnOpQrStUvWxYz0=/fit-in/300x0/filters:quality(80):format(webp)/https%3A%2F%2Fcdn.test%2Fx.jpg",
            "=https://cdn.test/x.jpg",
        ],
        ["https://t.a.test/unsafe/10x20:30x40/300x200/https://cdn.test/x.jpg"],
        ["https://t.a.test/unsafe/-300x200/https://cdn.test/x.jpg"],
        ["https://t.a.test/unsafe/300x200/filters:blur(7)/https://cdn.test/x.jpg"],
    ],
    "Thumbor": [
        [
            "https://t.a.test/unsafe/300x200/smart/img/x.jpg",
            "https://t.a.test/AbCdEfGhIjKlMnOpQrStUvWxYz0=/600x400/img/x.jpg",
        ],
        ["https://t.a.test/unsafe/300x200/img/y.jpg"],
        ["https://t.a.test/unsafe/10x20:30x40/300x200/img/x.jpg"],
        ["https://t.a.test/unsafe/300x200/filters:grayscale()/img/x.jpg"],
    ],
    "Fastly": [
        [
            "https://a.freetls.fastly.net/x.jpg?width=300&format=webp&auto=webp&fit=bounds",
            "=https://a.freetls.fastly.net/x.jpg",
        ],
        ["https://a.freetls.fastly.net/x.jpg?crop=10,10,x5,y5&width=300"],
        ["https://a.freetls.fastly.net/x.jpg?trim=10"],
        ["https://a.test/x.jpg?width=300"],
        ["https://a.test/x.jpg?width=600"],
    ],
    "bunny.net": [
        ["https://a.b-cdn.net/x.jpg?width=300&quality=80", "=https://a.b-cdn.net/x.jpg"],
        ["https://a.b-cdn.net/x.jpg?width=300&crop=100,100"],
        ["https://a.b-cdn.net/x.jpg?class=banner"],
    ],
    "Adobe Dynamic Media (Scene7)": [
        [
            "https://s7d2.scene7.com/is/image/Acme/shoe?wid=300&hei=300&fmt=webp-alpha&qlt=80",
            "=https://s7d2.scene7.com/is/image/Acme/shoe",
        ],
        ["https://s7d2.scene7.com/is/image/Acme/shoe?$detail$"],
        ["https://s7d2.scene7.com/is/image/Acme/shoe?crop=0,0,10,10&wid=300"],
        ["https://s7d2.scene7.com/is/image/Acme/shoe?layer=1&src=Acme/logo"],
        ["https://s7d2.scene7.com/is/image/Acme/boot?wid=300"],
    ],
    "Optimole": [
        [
            "https://m1.i.optimole.com/cb:AbC.1/w:300/h:200/q:mauto/https://cdn.test/x.jpg",
            "https://m1.i.optimole.com/w:auto/h:auto/q:90/https://cdn.test/x.jpg",
            "=https://cdn.test/x.jpg",
        ],
        ["https://m1.i.optimole.com/w:300/wm:1/https://cdn.test/x.jpg"],
    ],
    "weserv.nl": [
        [
            "https://images.weserv.nl/?url=https://cdn.test/x.jpg&w=300&output=webp",
            "https://wsrv.nl/?url=https%3A%2F%2Fcdn.test%2Fx.jpg",
            "=https://cdn.test/x.jpg",
        ],
        ["https://wsrv.nl/?url=https://cdn.test/x.jpg&cx=10&cy=10&cw=50&ch=50"],
        ["https://wsrv.nl/?url=https://cdn.test/x.jpg&flip"],
    ],
    "Statically": [
        ["https://cdn.statically.io/img/blog.test/w=300,quality=80/x.jpg", "=https://blog.test/x.jpg"],
        ["https://cdn.statically.io/img/blog.test/blur=5/x.jpg"],
    ],
    "Shopify": [
        [
            "https://cdn.shopify.com/s/files/1/1/files/a.jpg?v=1&crop=center&format=webp",
            "https://cdn.shopify.com/s/files/1/1/files/a_200x.jpg?v=2",
            "=https://cdn.shopify.com/s/files/1/1/files/a.jpg",
        ],
        ["https://cdn.shopify.com/s/files/1/1/files/a.jpg?page=2"],
        ["https://cdn.shopify.com/s/files/1/1/files/a.jpg?crop=region&crop_left=5&crop_width=9&width=3"],
    ],
    "Shopify under the shop's host name": [
        ["https://shop.test/cdn/shop/files/a.jpg?v=1&width=300&height=2", "=https://shop.test/cdn/shop/files/a.jpg"],
        ["https://shop.test/cdn/shop/files/a.jpg?v=2&variant=7"],
        ["https://shop.test/other/cdn/shop/a.jpg?v=1"],
        ["https://shop.test/other/cdn/shop/a.jpg?v=2"],
    ],
    "Shopify in the file name": [
        [
            "https://shop.test/cdn/shop/products/a_200x200.jpg?v=1",
            "https://shop.test/cdn/shop/products/a_grande.jpg",
            "https://shop.test/cdn/shop/products/a_x300@2x.jpg",
            "https://shop.test/cdn/shop/products/a_600x600_crop_center.progressive.jpg",
            "https://shop.test/cdn/shop/products/a@2x.jpg",
            "=https://shop.test/cdn/shop/products/a.jpg",
        ],
        ["https://shop.test/cdn/shop/products/a_red.jpg"],
        ["https://shop.test/cdn/shop/products/a_2.jpg"],
        ["https://shop.test/cdn/shop/products/a_largest.jpg"],
        ["https://shop.test/cdn/shop/t/1/assets/icon_small.png"],
        ["https://shop.test/cdn/shop/t/1/assets/icon_large.png"],
        ["https://shop.test/img/a_200x200.jpg"],
        ["https://shop.test/img/a.jpg"],
    ],
    "Magento": [
        [
            f"https://a.test/media/catalog/product/cache/{HASH}/s/h/shoe.jpg",
            f"https://a.test/media/catalog/product/cache/1/small_image/300x300/{HASH}/s/h/shoe.jpg",
            "=https://a.test/media/catalog/product/s/h/shoe.jpg",
        ],
        [f"https://a.test/media/catalog/product/cache/{HASH}/s/h/shoe_2.jpg"],
        ["https://a.test/media/catalog/product/cache/shoe.jpg"],
    ],
    "Adobe Commerce": [
        [
            "https://a.test/media/catalog/product/s/h/x.jpg?optimize=high&bg-color=255,255,255&fit=bounds&height=1&width=2&canvas=2:1",
            "=https://a.test/media/catalog/product/s/h/x.jpg",
        ],
        ["https://a.test/media/catalog/product/s/h/x.jpg?crop=1,1,2,2"],
    ],
    "Salesforce Commerce": [
        [
            "https://a.test/dw/image/v2/ABCD_PRD/on/x.jpg?sw=300&sh=200&sm=fit&q=80",
            "=https://a.test/dw/image/v2/ABCD_PRD/on/x.jpg",
        ],
        ["https://a.test/dw/image/v2/ABCD_PRD/on/x.jpg?sw=300&cx=5&cy=5&cw=9&ch=9"],
        ["https://a.test/dw/image/v2/ABCD_PRD/on/y.jpg?sw=300"],
    ],
    "BigCommerce": [
        [
            "https://cdn11.bigcommerce.com/s-1/images/stencil/500x659/products/1/2/x.jpg",
            "https://cdn11.bigcommerce.com/s-1/images/stencil/1280w/products/1/2/x.jpg",
            "=https://cdn11.bigcommerce.com/s-1/images/stencil/original/products/1/2/x.jpg",
        ],
        ["https://cdn11.bigcommerce.com/s-1/images/stencil/500x659/products/1/3/x.jpg"],
    ],
    "BigCommerce, cache parameters": [
        ["https://cdn11.bigcommerce.com/s-1/x.jpg?c=2&imbypass=on", "=https://cdn11.bigcommerce.com/s-1/x.jpg"],
        ["https://cdn11.bigcommerce.com/s-1/x.jpg?d=2"],
    ],
    "PrestaShop": [
        [
            "https://a.test/12-large_default/shoe.jpg",
            "https://a.test/12-home_default/shoe.jpg",
            "https://a.test/12-home_default_2x/shoe.jpg",
        ],
        ["https://a.test/13-large_default/shoe.jpg"],
        ["https://a.test/img/p/1/2/12-cart_default.jpg", "=https://a.test/img/p/1/2/12.jpg"],
        ["https://a.test/12-red_shoe/shoe.jpg"],
    ],
    "Shopware": [
        [
            "https://a.test/thumbnail/ab/cd/ef/1600000000/shoe_800x800.jpg",
            "https://a.test/thumbnail/ab/cd/ef/1600000000/shoe_400x400.jpg?ts=5",
            "=https://a.test/media/ab/cd/ef/1600000000/shoe.jpg",
        ],
        ["https://a.test/thumbnail/ab/cd/e0/1600000000/shoe_800x800.jpg"],
    ],
    "Shopware, cache parameter": [
        ["https://a.test/media/ab/cd/ef/1/x.jpg?ts=1600000000", "=https://a.test/media/ab/cd/ef/1/x.jpg"],
        ["https://a.test/media/ab/cd/ef/1/x.jpg?id=1600000000"],
        ["https://a.test/media/x.jpg?ts=1"],
        ["https://a.test/media/x.jpg?ts=2"],
    ],
    "OXID": [
        [
            "https://a.test/out/pictures/generated/product/1/540_340_75/x.jpg",
            "https://a.test/out/pictures/generated/product/1/87_87_75/x.jpg",
            "=https://a.test/out/pictures/master/product/1/x.jpg",
        ],
        ["https://a.test/out/pictures/generated/product/2/540_340_75/x.jpg"],
    ],
    "nopCommerce": [
        [
            "https://a.test/images/thumbs/0001234_shoe_300.jpeg",
            "https://a.test/images/thumbs/0001234_shoe_600.jpeg",
            "https://a.test/images/thumbs/0001234_shoe.jpeg",
        ],
        ["https://a.test/images/thumbs/0001235_shoe_300.jpeg"],
        ["https://a.test/images/shoe_300.jpeg"],
        ["https://a.test/images/shoe_600.jpeg"],
    ],
    "Amazon": [
        [
            "https://m.media-amazon.com/images/I/71abc._AC_SL1500_.jpg",
            "https://m.media-amazon.com/images/I/71abc._AC_UL320_.jpg",
            "=https://m.media-amazon.com/images/I/71abc.jpg",
            "https://m.media-amazon.com/images/I/71abc._V1_UX182_CR0,0,182,268_AL_.jpg",
        ],
        ["https://m.media-amazon.com/images/I/72abc._AC_SL1500_.jpg"],
        ["https://m.media-amazon.com/images/I/71abc._AC_CR50,50,182,268_.jpg"],
        ["https://m.media-amazon.com/images/I/71abc._PKmb-play-button-overlay-thumb_.jpg"],
    ],
    "eBay": [
        [
            "https://i.ebayimg.com/images/g/AbC/s-l500.jpg",
            "https://i.ebayimg.com/thumbs/images/g/AbC/s-l225.webp",
            "=https://i.ebayimg.com/images/g/AbC/s-l1600.jpg",
        ],
        ["https://i.ebayimg.com/images/g/AbD/s-l500.jpg"],
    ],
    "Etsy": [
        [
            "https://i.etsystatic.com/1/r/il/a/2/il_794xN.2_b.jpg",
            "https://i.etsystatic.com/1/r/il/a/2/il_340x270.2_b.jpg",
            "=https://i.etsystatic.com/1/r/il/a/2/il_fullxfull.2_b.jpg",
        ],
        ["https://i.etsystatic.com/1/r/il/a/3/il_794xN.3_b.jpg"],
    ],
    "Alibaba": [
        [
            "https://ae01.alicdn.com/kf/abc.jpg_640x640.jpg",
            "https://ae01.alicdn.com/kf/abc.jpg_220x220q75.jpg_.webp",
            "https://ae01.alicdn.com/kf/abc.jpg_.webp",
            "=https://ae01.alicdn.com/kf/abc.jpg",
        ],
        ["https://ae01.alicdn.com/kf/abd.jpg_640x640.jpg"],
    ],
    "WordPress uploads": [
        [
            "https://blog.test/wp-content/uploads/2024/a.jpg?w=300&ver=5",
            "https://blog.test/wp-content/uploads/2024/a.jpg?W=900&crop=1",
        ],
        ["https://blog.test/wp-content/uploads/2024/a.jpg?id=900"],
        ["https://blog.test/wp-content/uploads/2024/a.jpg?crop=1,1,2,2"],
        ["https://blog.test/wp-content/uploads/2023/a.jpg"],
    ],
    "WordPress.com files": [
        [
            "https://blog.files.wordpress.com/2024/a.jpg?w=300&h=200&crop=1",
            "=https://blog.files.wordpress.com/2024/a.jpg",
        ],
        ["https://blog.files.wordpress.com/2024/b.jpg?w=300"],
    ],
    "WordPress twins in a newer format": [
        [
            "https://blog.test/wp-content/uploads/a.jpg.webp",
            "https://blog.test/wp-content/uploads/a-300x200.jpg.avif",
            "=https://blog.test/wp-content/uploads/a.jpg",
        ],
        ["https://blog.test/wp-content/uploads/a.webp"],
        ["https://blog.test/wp-content/uploads/a.png"],
    ],
    "WordPress sizes": [
        [
            "https://blog.test/wp-content/uploads/2024/a-300x201.jpg",
            "https://blog.test/wp-content/uploads/2024/a-1024x683@2x.jpg",
            "=https://blog.test/wp-content/uploads/2024/a.jpg",
            "https://blog.test/wp-content/uploads/2024/a-150x150.jpg",
        ],
        [
            "https://blog.test/wp-content/uploads/2024/a-e1612345678901.jpg",
            "https://blog.test/wp-content/uploads/2024/a-e1612345678901-300x200.jpg",
        ],
        ["https://blog.test/wp-content/uploads/2024/a-2.jpg"],
        ["https://blog.test/wp-content/uploads/2024/a-728x90.jpg"],
        ["https://blog.test/wp-content/uploads/2024/a-300x250.jpg"],
        ["https://blog.test/wp-content/uploads/2024/a-rotated.jpg"],
        ["https://blog.test/wp-content/uploads/2024/a-300x200-1.jpg"],
        ["https://blog.test/wp-content/themes/t/a-300x200.jpg"],
        ["https://blog.test/wp-content/themes/t/a-600x400.jpg"],
    ],
    "WordPress, large upload scaled down": [
        ["https://blog.test/wp-content/uploads/a-scaled.jpg", "=https://blog.test/wp-content/uploads/a.jpg"],
        ["https://blog.test/wp-content/uploads/scaled.jpg"],
        ["https://blog.test/wp-content/uploads/-scaled.jpg"],
    ],
    "Drupal": [
        [
            "https://a.test/sites/default/files/styles/large/public/2024/x.jpg?itok=AbC",
            "https://a.test/sites/default/files/styles/thumb/public/2024/x.jpg.webp?itok=XyZ&h=0123abcd",
            "=https://a.test/sites/default/files/2024/x.jpg",
        ],
        ["https://a.test/sites/default/files/styles/large/public/2024/y.jpg"],
        ["https://a.test/sites/default/files/styles/large/private/2024/x.jpg"],
        ["https://a.test/sites/other/files/styles/large/public/2024/x.jpg"],
    ],
    "Drupal, tokens": [
        ["https://a.test/sites/default/files/x.jpg?itok=1&h=0123abcd", "=https://a.test/sites/default/files/x.jpg"],
        ["https://a.test/sites/default/files/x.jpg?token=1"],
        ["https://a.test/sites/default/files/x.jpg?h=300"],
    ],
    "MediaWiki": [
        [
            "https://upload.wikimedia.org/wikipedia/commons/thumb/a/ab/Cat.jpg/200px-Cat.jpg",
            "https://upload.wikimedia.org/wikipedia/commons/thumb/a/ab/Cat.jpg/1024px-Cat.jpg",
            "=https://upload.wikimedia.org/wikipedia/commons/a/ab/Cat.jpg",
        ],
        [
            "https://upload.wikimedia.org/wikipedia/commons/thumb/a/ac/Map.svg/200px-Map.svg.png",
            "=https://upload.wikimedia.org/wikipedia/commons/a/ac/Map.svg",
        ],
        ["https://upload.wikimedia.org/wikipedia/commons/thumb/a/ac/Map.svg/langde-200px-Map.svg.png"],
        ["https://upload.wikimedia.org/wikipedia/commons/thumb/a/ad/Doc.pdf/page1-200px-Doc.pdf.jpg"],
        ["https://upload.wikimedia.org/wikipedia/commons/thumb/a/ad/Doc.pdf/page2-200px-Doc.pdf.jpg"],
        ["https://upload.wikimedia.org/wikipedia/commons/thumb/a/ab/Cat.jpg/200px-Dog.jpg"],
        ["https://upload.wikimedia.org/wikipedia/commons/thumb/archive/a/ab/20200101000000%21Cat.jpg/200px-Cat.jpg"],
    ],
    "Fandom": [
        [
            "https://static.wikia.nocookie.net/x/images/a/ab/F.png/revision/latest/scale-to-width-down/300?cb=2020",
            "=https://static.wikia.nocookie.net/x/images/a/ab/F.png/revision/latest",
        ],
        ["https://static.wikia.nocookie.net/x/images/a/ab/F.png/revision/latest?path-prefix=de"],
    ],
    "Contentful, format": [
        ["https://images.ctfassets.net/s/a.jpg?fm=webp&fl=progressive&q=80", "=https://images.ctfassets.net/s/a.jpg"],
        ["https://images.ctfassets.net/s/a.jpg?r=max"],
    ],
    "Contentful": [
        [
            "https://images.ctfassets.net/s/a.jpg?w=300&h=200&fit=fill&f=top",
            "=https://images.ctfassets.net/s/a.jpg",
            "https://images.ctfassets.net/s/a.jpg?fit=thumb&w=90",
        ],
        ["https://images.ctfassets.net/s/a.jpg?fit=thumb&f=face&w=90&h=90"],
        ["https://images.ctfassets.net/s/a.jpg?fit=fill&f=face&w=90&h=90"],
        ["https://images.ctfassets.net/s/b.jpg?w=300"],
    ],
    "Sanity": [
        [
            "https://cdn.sanity.io/images/p/d/ab-800x600.jpg?w=300&auto=format",
            "https://cdn.sanity.io/images/p/d/ab-800x600.jpg?fit=crop&h=5&crop=entropy",
            "=https://cdn.sanity.io/images/p/d/ab-800x600.jpg",
        ],
        [
            "https://cdn.sanity.io/images/p/d/ab-800x600.jpg?rect=0,0,5,5&w=300",
            "https://cdn.sanity.io/images/p/d/ab-800x600.jpg?rect=0,0,5,5&w=600",
        ],
        ["https://cdn.sanity.io/images/p/d/ab-800x600.jpg?rect=5,5,5,5&w=300"],
        ["https://cdn.sanity.io/images/p/d/ab-400x300.jpg"],
        ["https://cdn.sanity.io/images/p/d/ab.jpg"],
        ["https://cdn.sanity.io/images/p/d/ab-800x600.jpg?crop=focalpoint&fp-x=0.1&fit=crop"],
    ],
    "Storyblok": [
        [
            "https://a.storyblok.com/f/1/800x600/ab/x.jpg/m/300x200/filters:quality(80):format(webp)",
            "https://a.storyblok.com/f/1/800x600/ab/x.jpg/m/",
            "https://a.storyblok.com/f/1/800x600/ab/x.jpg/m/fit-in/300x300/smart",
            "=https://a.storyblok.com/f/1/800x600/ab/x.jpg",
        ],
        ["https://a.storyblok.com/f/1/800x600/ab/x.jpg/m/10x10:200x200/300x200"],
        ["https://a.storyblok.com/f/1/800x600/ab/x.jpg/m/300x200/filters:grayscale()"],
        ["https://a.storyblok.com/f/1/400x300/ab/x.jpg"],
    ],
    "Kontent.ai": [
        [
            "https://assets-us-01.kc-usercontent.com/p/a/x.jpg?w=300&fm=webp",
            "=https://assets-us-01.kc-usercontent.com/p/a/x.jpg",
        ],
        ["https://assets-us-01.kc-usercontent.com/p/a/x.jpg?rect=0,0,5,5&w=300"],
    ],
    "Contentstack": [
        [
            "https://images.contentstack.io/v3/assets/a/b/c/x.jpg?width=300&auto=webp",
            "=https://images.contentstack.io/v3/assets/a/b/c/x.jpg",
        ],
        ["https://images.contentstack.io/v3/assets/a/b/c/x.jpg?crop=300,400,x0,y0"],
    ],
    "Hygraph and Filestack": [
        [
            "https://media.graphassets.com/resize=width:300/output=format:webp/AbC",
            "https://media.graphassets.com/quality=value:80/AbC",
            "=https://media.graphassets.com/AbC",
        ],
        ["https://media.graphassets.com/crop=dim:[0,0,5,5]/AbC"],
        ["https://cdn.filestackcontent.com/blackwhite/AbC"],
    ],
    "Builder.io": [
        [
            "https://cdn.builder.io/api/v1/image/assets%2Fa%2Fb?width=300&format=webp",
            "https://cdn.builder.io/api/v1/image/assets%2Fa%2Fb?quality=80",
        ],
        ["https://cdn.builder.io/api/v1/image/assets%2Fa%2Fc?width=300"],
    ],
    "Directus": [
        [
            f"https://cms.test/assets/{UUID}?width=300&quality=80",
            f"https://cms.test/assets/{UUID}?fit=cover&format=webp",
            f"=https://cms.test/assets/{UUID}",
        ],
        [f"https://cms.test/assets/{UUID}?key=hero"],
        ["https://cms.test/assets/x?width=300"],
        ["https://cms.test/assets/x?width=600"],
    ],
    "Strapi": [
        [
            "https://cms.test/uploads/thumbnail_x_0123456789.jpg",
            "https://cms.test/uploads/large_x_0123456789.jpg",
            "=https://cms.test/uploads/x_0123456789.jpg",
        ],
        ["https://cms.test/uploads/large_x.jpg"],
        ["https://cms.test/uploads/small_x.jpg"],
    ],
    "Ghost": [
        [
            "https://blog.test/content/images/size/w600/2024/01/x.jpg",
            "https://blog.test/content/images/size/w100/format/webp/2024/01/x.jpg",
            "=https://blog.test/content/images/2024/01/x.jpg",
        ],
        ["https://blog.test/content/images/size/w600/2024/02/x.jpg"],
    ],
    "Sitecore": [
        [
            "https://a.test/-/media/x.ashx?w=300&h=200&hash=AB",
            "https://a.test/-/media/x.ashx?rev=1",
            "=https://a.test/-/media/x.ashx",
        ],
        ["https://a.test/-/media/x.ashx?la=de"],
        ["https://a.test/-/media/x.ashx?cx=.5&cy=.5&w=300"],
    ],
    "Adobe Experience Manager": [
        [
            "https://a.test/content/dam/x.jpg/_jcr_content/renditions/cq5dam.web.1280.1280.jpeg",
            "https://a.test/content/dam/x.jpg/jcr:content/renditions/cq5dam.thumbnail.48.48.png",
            "=https://a.test/content/dam/x.jpg",
        ],
        ["https://a.test/content/dam/x.jpg/_jcr_content/renditions/hero-crop.jpeg"],
    ],
    "Adobe Experience Manager, core image": [
        [
            "https://a.test/home/_jcr_content/root/image.coreimg.85.1024.jpeg/1700000000000/x.jpeg",
            "https://a.test/home/_jcr_content/root/image.coreimg.jpeg/1700000000001/x.jpeg",
        ],
        ["https://a.test/home/_jcr_content/root/image_2.coreimg.85.1024.jpeg/1700000000000/x.jpeg"],
    ],
    "HubSpot": [
        ["https://a.test/hs-fs/hubfs/x.jpg?width=300&name=x.jpg", "=https://a.test/hubfs/x.jpg"],
        ["https://a.test/hs-fs/hubfs/y.jpg"],
    ],
    "HubSpot, sizes": [
        ["https://a.test/hubfs/x.jpg?width=300&height=200&name=x.jpg", "=https://a.test/hubfs/x.jpg"],
        ["https://a.test/hubfs/x.jpg?t=1"],
    ],
    "Wix": [
        [
            "https://static.wixstatic.com/media/a1~mv2.jpg/v1/fill/w_300,h_200,al_c,q_80,enc_auto/x.jpg",
            "https://static.wixstatic.com/media/a1~mv2.jpg/v1/fit/w_900/y.jpg",
            "=https://static.wixstatic.com/media/a1~mv2.jpg",
        ],
        [
            "https://static.wixstatic.com/media/a1~mv2.jpg/v1/crop/x_1,y_1,w_9,h_9/fill/w_300/x.jpg",
            "https://static.wixstatic.com/media/a1~mv2.jpg/v1/crop/x_1,y_1,w_9,h_9/fill/w_600/x.jpg",
        ],
        ["https://static.wixstatic.com/media/a1~mv2.jpg/v1/crop/x_2,y_2,w_9,h_9/fill/w_300/x.jpg"],
        ["https://static.wixstatic.com/media/a2~mv2.jpg/v1/fill/w_300/x.jpg"],
    ],
    "Squarespace": [
        [
            "https://images.squarespace-cdn.com/content/v1/a/b/x.jpg?format=750w",
            "https://images.squarespace-cdn.com/content/v1/a/b/x.jpg?format=original&content-type=image/jpeg",
            "=https://images.squarespace-cdn.com/content/v1/a/b/x.jpg",
        ],
        ["https://images.squarespace-cdn.com/content/v1/a/b/x.jpg?format=other"],
    ],
    "Webflow": [
        [
            "https://cdn.prod.website-files.com/a/b_x-p-500.jpg",
            "https://cdn.prod.website-files.com/a/b_x-p-1080.jpg",
            "=https://cdn.prod.website-files.com/a/b_x.jpg",
        ],
        ["https://cdn.prod.website-files.com/a/b_x-p-7.jpg"],
    ],
    "Framer": [
        [
            "https://framerusercontent.com/images/Ab.jpg?scale-down-to=1024&lossless=1",
            "=https://framerusercontent.com/images/Ab.jpg",
        ],
        ["https://framerusercontent.com/images/Ac.jpg?scale-down-to=1024"],
    ],
    "Google user content": [
        [
            "https://lh3.googleusercontent.com/AbC=w200-h200-no",
            "https://lh3.googleusercontent.com/AbC=s400",
            "https://lh3.googleusercontent.com/AbC=s96-c",
            "=https://lh3.googleusercontent.com/AbC",
        ],
        ["https://lh3.googleusercontent.com/AbD=s400"],
        ["https://lh3.googleusercontent.com/AbC=s400-fcrop64=1,00,00"],
    ],
    "Blogger": [
        [
            "https://1.bp.blogspot.com/-a/X/A/b/s1600/x.jpg",
            "https://1.bp.blogspot.com/-a/X/A/b/s72-c/x.jpg",
            "https://1.bp.blogspot.com/-a/X/A/b/w400-h300/x.jpg",
        ],
        ["https://1.bp.blogspot.com/-a/X/A/c/s1600/x.jpg"],
    ],
    "YouTube": [
        [
            "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg?sqp=a&rs=b",
            "https://i.ytimg.com/vi_webp/dQw4w9WgXcQ/maxresdefault.webp",
            "https://i.ytimg.com/vi/dQw4w9WgXcQ/default.jpg",
        ],
        ["https://i.ytimg.com/vi/dQw4w9WgXcQ/hq1.jpg"],
        ["https://i.ytimg.com/vi/dQw4w9WgXcQ/hq2.jpg"],
        ["https://i.ytimg.com/vi/aaaaaaaaaaa/default.jpg"],
    ],
    "Flickr": [
        [
            "https://live.staticflickr.com/65535/521_ab12_b.jpg",
            "https://live.staticflickr.com/65535/521_ab12_q.jpg",
            "=https://live.staticflickr.com/65535/521_ab12.jpg",
        ],
        ["https://live.staticflickr.com/65535/522_ab12_b.jpg"],
        ["https://live.staticflickr.com/65535/521_ab13_o.jpg"],
    ],
    "Medium": [
        [
            "https://miro.medium.com/max/800/1*ab.jpeg",
            "https://miro.medium.com/v2/resize:fit:640/format:webp/1*ab.jpeg",
            "https://miro.medium.com/fit/c/96/96/1*ab.jpeg",
            "=https://miro.medium.com/1*ab.jpeg",
        ],
        ["https://miro.medium.com/max/800/1*ac.jpeg"],
        ["https://miro.medium.com/gradv/29/81/40/1*ab.jpeg"],
    ],
    "X": [
        [
            "https://pbs.twimg.com/media/AbC?format=jpg&name=small",
            "https://pbs.twimg.com/media/AbC?format=jpg&name=4096x4096",
        ],
        ["https://pbs.twimg.com/media/AbC.jpg:large", "https://pbs.twimg.com/media/AbC.jpg:orig"],
        ["https://pbs.twimg.com/media/AbD?format=jpg&name=small"],
    ],
    "GitHub avatars": [
        ["https://avatars.githubusercontent.com/u/1?s=40&v=4", "=https://avatars.githubusercontent.com/u/1"],
        ["https://avatars.githubusercontent.com/u/2?s=40&v=4"],
    ],
    "Gravatar": [
        [
            f"https://secure.gravatar.com/avatar/{HASH}?s=80&d=mm",
            f"https://secure.gravatar.com/avatar/{HASH}?d=mm&s=512",
        ],
        [f"https://secure.gravatar.com/avatar/{HASH}?s=80&d=identicon"],
    ],
}

# What no row may touch: addresses without a scheme, schemes that cannot be undone, look-alikes.
APART = [
    ["https://a.test/x.jpg?w=1", "https://a.test/x.jpg?w=2", "https://a.test/x.jpg"],
    ["https://a.test/x.jpg?v=1", "https://a.test/x.jpg?v=2", "https://a.test/x.jpg?ver=1"],
    ["https://a.test/photo-300x200.jpg", "https://a.test/photo-600x400.jpg"],
    [
        "https://a.test/fileadmin/_processed_/1/2/csm_x_0a1b2c.jpg",
        "https://a.test/fileadmin/_processed_/1/2/csm_x_0a1b2d.jpg",
    ],
    ["https://camo.githubusercontent.com/ab12/68747470", "https://camo.githubusercontent.com/ab13/68747471"],
    ["https://imgix.net.evil.test/a?w=1", "https://imgix.net.evil.test/a?w=2"],
    ["https://a.test/i0.wp.com/b.test/x.jpg?w=1", "https://a.test/i0.wp.com/b.test/x.jpg?w=2"],
    ["https://a.test/img?q=%E4&utm_source=x", "https://a.test/img?q=%E5&utm_source=x"],
    ["https://a.test/X.jpg", "https://a.test/x.jpg"],
    ["https://a.test/a%2Fb.jpg", "https://a.test/a/b.jpg"],
]


def plain(url: str) -> str:
    return url.removeprefix("=")


def test_every_scheme_has_cases() -> None:
    assert [scheme.name for scheme in image_schemes()] == list(CASES)
    assert all(len(groups) > 1 for groups in CASES.values())


@pytest.mark.parametrize("name", CASES)
def test_what_folds_and_what_stays_apart(name: str) -> None:
    found = []
    for group in CASES[name]:
        canonical = {canonical_image_url(plain(url)) for url in group}
        assert len(canonical) == 1, canonical
        assert canonical >= {url[1:] for url in group if url.startswith("=")}
        found += canonical
    assert len(found) == len(set(found)), sorted(found)


@pytest.mark.parametrize("name", CASES)
def test_a_scheme_is_needed_for_its_cases(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    others = tuple(scheme for scheme in image_schemes() if scheme.name != name)
    monkeypatch.setattr(
        "core.identity.image_schemes._schemes_of",
        lambda host: tuple(s for s in others if not s.host or s.host.search(host)),
    )
    folded = [len({_canonical.__wrapped__(plain(url)) for url in group}) == 1 for group in CASES[name]]
    assert not all(folded)


@pytest.mark.parametrize("urls", APART, ids=[urls[0] for urls in APART])
def test_what_no_scheme_touches_stays_apart(urls: list[str]) -> None:
    assert len({canonical_image_url(url) for url in urls}) == len(urls)


_urls = st.sampled_from([plain(url) for groups in CASES.values() for group in groups for url in group])
_glue = st.sampled_from(
    ["", "/", "?", "&", "%2F", "%25", "https://", "https%3A%2F%2F", "é", "\ud800", "//", ";", "=", ","]
)


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """Pieces of real addresses, put together wrongly."""
    one, two = draw(_urls), draw(_urls)
    cut = draw(st.integers(8, len(one)))
    text = one[:cut] + draw(_glue) + two[draw(st.integers(0, len(two))) :] + draw(_glue) + draw(st.text(max_size=5))
    return absolute("https://a.test/", text) or one


@settings(deadline=None, max_examples=400)
@given(mangled())
@example("https://cdn.shopify.com/s/files/1/1/files/_200x_200x_200x.jpg")
@example("https://blog.test/wp-content/uploads/a-300x200-scaled.jpg.webp")
@example("https://i0.wp.com/i1.wp.com/i2.wp.com/blog.test/a.jpg?ssl=1")
def test_twice_changes_nothing(url: str) -> None:
    once = canonical_image_url(url)
    assert canonical_image_url(once) == once
    assert len(once) <= MAX_URL_CHARS


SEEDS = [
    "/",
    "a",
    "x1",
    "w_1,",
    "w=1,",
    "1x1",
    "-1x1",
    "_1x1",
    "https:/",
    "/w:1",
    "/v1",
    "-/resize/1/",
    "/tr:w-1",
    "=s1-c",
    "%2F",
]


def hostile_urls(name: str) -> Iterator[str]:
    """Addresses of 2,000 characters that nearly match a row again and again."""
    for url in (plain(url) for group in CASES[name] for url in group[:1]):
        start, _, query = url.partition("?")
        yield f"{('https://a.test/' + start.split('/', 3)[-1] + '/') * 200}"[:1990] + "!"
        for seed in SEEDS:
            yield f"{start[: len(start) * 2 // 3]}{seed * 2000}"[:1990] + "!"
            for parameter in query.split("&") if query else ():
                known = parameter[: parameter.find("=") + 1 + 9]
                yield f"{start}?{known}{seed * 2000}"[:1990] + "!"


@pytest.mark.parametrize("scheme", image_schemes(), ids=lambda scheme: scheme.name)
def test_a_hostile_address_costs_little(scheme: ImageScheme) -> None:
    for url in hostile_urls(scheme.name):
        began = time.process_time()
        scheme.reduce(url, urlsplit(url).path)
        assert time.process_time() - began < 0.1, url[:100]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('name = "x"', "row 1 (x), as a whole: Value error, a row needs unwrap, rewrite or drop"),
        ('name = "x"\ndrop = ["a"]\nhots = "b"', "row 1 (x), hots: Extra inputs are not permitted"),
        ('name = "x"\ndrop = ["A"]', "row 1 (x), drop.0: Value error, write a parameter as its name in lower case"),
        ('name = "x"\ndrop = ["a"]\nhost = "("', "row 1 (x), host: Input should be a valid regular expression"),
        ('name = "x"\ndrop = ["a=("]', "row 1 (x), drop.0: "),
        ('name = "x"\nrewrite = ["a", "\\\\1"]', "row 1 (x), as a whole: Value error, '\\\\1' names a group"),
        ('drop = ["a"]', "row 1 (without a name), name: Field required"),
        ('name = "x"\ndrop = ["a"]\n[[scheme]]\nname = "x"\ndrop = ["b"]', "more than one row is named x"),
    ],
    ids=["does nothing", "unknown key", "capitals", "host", "value", "group", "no name", "same name"],
)
def test_a_bad_row_is_explained(row: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        read_table(f"[[scheme]]\n{row}\n")
    assert message in str(raised.value)
