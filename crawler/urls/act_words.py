"""Words by which addresses say that they do something, in lower case, without accents, `-` between their parts.

English first; then German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish and others, as shops, forums
and content systems translate them.
"""

from __future__ import annotations

LOG_OUT = frozenset(
    "logout log-out logoff log-off signout sign-out signoff sign-off userlogout user-logout customer-logout do-logout "
    "logout-user end-session endsession end-session-redirect wp-logout abmelden ausloggen abmeldung deconnexion "
    "se-deconnecter deconnecter cerrar-sesion cerrarsesion desconectar disconnetti disconnessione logout-utente "
    "terminar-sessao encerrar-sessao desconectar-se uitloggen afmelden wyloguj wyloguj-sie wylogowanie logga-ut "
    "loggaut log-ud logud logg-ut kirjaudu-ulos odhlasit odhlasit-se odhlaseni odhlasenie kijelentkezes deconectare "
    "cikis-yap oturumu-kapat выход выйти ログアウト 退出登录 注销 로그아웃".split()
)
# Whose last part these words may be although they stand alone: /user/logout, but not /docs/logout.
ACCOUNTS = frozenset(
    "user users account accounts my-account myaccount customer customers member members admin administrator auth "
    "authentication session sessions profile login security sso oauth oidc saml wp-admin portal dashboard client "
    "identity connect cas konto mein-konto benutzer kunde compte mon-compte utilisateur cuenta mi-cuenta usuario "
    "usuarios conta minha-conta il-mio-account utente mijn-account gebruiker moje-konto mitt-konto min-konto".split()
)
# Where people write about such words.
WRITTEN_ABOUT = frozenset(
    "docs doc documentation help support faq blog blogs news article articles wiki glossary reference api manual "
    "guide guides tutorial tutorials learn kb knowledge knowledgebase dictionary commands command functions function "
    "methods method man handbook post posts story stories magazine topic topics tag tags category hilfe lexikon "
    "ratgeber nachrichten aide glossaire actualites ayuda glosario noticias guida aiuto glossario ajuda".split()
)
ADD_TO_CART = frozenset(
    "add-to-cart addtocart add-to-basket addtobasket add-to-bag addtobag add-cart cart-add add-to-wishlist "
    "addtowishlist add-to-wish-list wishlist-add wishlist-toggle add-to-favorites add-to-favourites addtofavorites "
    "add-to-compare addtocompare compare-add add-to-list add-product add-item additem buy-now buynow remove-from-cart "
    "removefromcart remove-from-wishlist remove-item removeitem remove-coupon empty-cart emptycart clear-cart "
    "clearcart undo-item in-den-warenkorb in-den-warenkorb-legen zum-warenkorb-hinzufuegen warenkorb-hinzufuegen "
    "auf-die-merkliste ajouter-au-panier ajouter-panier ajout-panier anadir-al-carrito agregar-al-carrito "
    "aggiungi-al-carrello adicionar-ao-carrinho adicionar-carrinho in-winkelwagen in-winkelmandje "
    "toevoegen-aan-winkelwagen dodaj-do-koszyka lagg-i-varukorg laeg-i-kurv legg-i-handlekurv lisaa-ostoskoriin "
    "do-kosiku pridat-do-kosiku vlozit-do-kosiku kosarba adauga-in-cos sepete-ekle".split()
)
CARTS = frozenset(
    "cart carts basket bag wishlist wish-list favorites favourites compare product-compare comparison checkout "
    "shopping-cart shoppingcart warenkorb merkzettel merkliste wunschliste panier liste-de-souhaits carrito "
    "lista-de-deseos carrello lista-desideri carrinho winkelwagen winkelmand verlanglijst koszyk varukorg kurv "
    "handlekurv ostoskori kosik kosar cos sepet корзина カート 购物车".split()
)
CART_VERBS = frozenset(
    "add remove delete del change clear empty additem removeitem insert toggle hinzufuegen hinzufugen entfernen "
    "loeschen loschen ajouter supprimer retirer anadir agregar quitar eliminar aggiungi rimuovi adicionar remover "
    "toevoegen verwijderen dodaj usun lagg-till ta-bort".split()
)
# Nobody's noun: with what they are done to beside them, they are done.
DESTROY = frozenset(
    "delete del remove destroy purge erase trash upvote downvote vote-up vote-down voteup votedown unlike dislike "
    "mark-read markread mark-as-read mark-all-read mark-all-as-read "
    "unfollow unwatch unstar unpublish unsubscribe optout opt-out deactivate revoke rollback undelete loeschen "
    "entfernen abbestellen supprimer effacer desabonner desabonnement se-desabonner desinscription se-desinscrire "
    "eliminar borrar quitar cancelar-suscripcion darse-de-baja elimina cancella rimuovi disiscriviti "
    "annulla-iscrizione excluir apagar remover descadastrar cancelar-inscricao verwijderen uitschrijven usun skasuj "
    "wypisz wypisz-sie ta-bort radera avregistrera avsluta-prenumeration slet slett frameld poista smazat vymazat "
    "odstranit odhlasit-odber torles leiratkozas sterge dezabonare sil удалить отписаться 削除 删除 取消订阅".split()
)
# Nouns, too, or pages with a form: done only behind what they are done to (/comments/5/like).
DO = frozenset(
    "vote like love favorite favourite fave bookmark flag hide unhide follow react reaction rate approve reject "
    "publish restore revert undo mark-read markread mark-as-read block ban mute star pin lock watch subscribe report "
    "cancel abstimmen voter aimer suivre signaler votar gustar seguir denunciar vota segui segnala curtir stemmen "
    "volgen glosuj rosta folj".split()
)
# Of these, what pages are called, too, which a query chooses: /watch?v=4f, /report?year=2024.
NOUNS = frozenset("watch report love rate reaction subscribe star pin lock block hide flag vota segnala".split())
OBJECTS = frozenset(
    "account profile comment comments item post user me cart basket wishlist favorites favourites coupon subscription "
    "topic thread message photo image file page product".split()
)
# Parameters that say what is to be done; their values are one of the words here, or name a page.
ACTION_KEYS = frozenset(
    "action act do op cmd task mode func function operation command -method todo event method veaction wp-action "
    "subaction sub-action aktion accion azione acao".split()
)
ACTS = frozenset(
    "add edit create update save submit reply quote post newreply newthread newtopic new vote poll rate like report "
    "delete remove move split merge lock pin flag watch unwatch follow subscribe unsubscribe addsubscription login "
    "register lostpassword retrievepassword sendpassword rp resetpass postpass reset delete-cookies resend-act "
    "sendtofriend email contactadmin history raw info protect unprotect purge rollback markpatrolled markread mark "
    "submit-comment buy order checkout revisions revert backlink media diff recent index-media approve publish "
    "unpublish ban block ajax newpm bookmark hide".split()
)
VIEWS = frozenset(
    "view show list display detail details read home main page browse print open article product category search news "
    "gallery image album forum topic thread profile about contact help faq stats calendar team archive overview "
    "default start content item event single full preview map group members".split()
)
KEYS_ALWAYS = frozenset(
    "add-to-cart addtocart add-to-wishlist addtowishlist add-to-compare addtocompare add-to-basket remove-item "
    "removeitem removed-item undo-item remove-coupon empty-cart clear-cart remove-from-wishlist replytocom logout "
    "log-out signout sign-out mylogout customer-logout unsubscribe delete del -wpnonce wc-ajax form-key "
    "authenticity-token csrf-token csrf csrfmiddlewaretoken -csrf -csrf-token -token sesskey -xftoken securitytoken "
    "unapproved moderation-hash upvote downvote unfollow unlike in-den-warenkorb ajouter-au-panier like-comment "
    "add-product-to-cart".split()
)
KEYS_DOUBTFUL = frozenset(
    "action share vote like love fave favorite bookmark flag follow watch remove rate rating-vote subscribe cancel "
    "approve reply replyto reply-to quote oldid mark hide report add".split()
)
# Parameters that hold what a visitor looks for, or where to go afterwards: the words in them are not done.
NOT_DONE = frozenset(
    "q s query search keyword keywords text term terms find k next return returnto return-to return-url redirect "
    "redirect-to redirect-url redirecturl back destination url continue ref referer goto from title-search name".split()
)
