"""More ways in which models decline, put labels and say their thoughts; and texts that look like them."""

from __future__ import annotations

import pytest

from captioning.captioners.answers import read_answer
from captioning.captioners.huggingface.families import ALT_TEXT_PROMPT
from core.errors import ImageError

DECLINING = """
I'm not seeing an image here.
I am currently unable to view images.
I can only process text.
I do not have the ability to see pictures.
I don't have access to the image you mentioned.
I was not able to open the attached file.
I wasn't able to view the image.
I am a text-based AI and cannot view images.
I'm an AI assistant without vision.
I cannot identify real people based on their appearance.
I can't help with identifying people in images.
I cannot and will not provide a description of this image.
I'd rather not describe this picture.
I'm going to have to decline this request.
I'm really sorry, but that's not something I can help with.
That's not something I can help with.
This is not something I can assist with.
Sorry about that! Please try uploading the image again.
Oops! Looks like the picture is missing.
Hmm, I don't see any picture attached.
It appears that the image did not come through.
It appears the image is blank.
It seems you forgot to attach the image.
It seems like you've provided a broken link.
The image link appears to be broken.
The link you provided does not work.
The URL could not be accessed.
The provided image is not accessible.
The image appears to be blank.
The image data is corrupted.
The image you sent is too small to describe.
The image is too blurry to describe.
Image unavailable.
Image failed to load.
Image is not available.
Image could not be processed.
Error: image not found.
Error loading image.
Error: Unable to load image.
ERROR: invalid image
Invalid image.
Failed to load image.
Failed to process the image.
Could not process image.
Unable to generate alt text for this image.
Unable to provide alt text.
Cannot describe this image.
Can't see image.
No picture available.
No visible image.
No visual content provided.
No image content detected.
No image to describe.
No image data.
Nothing to describe.
Not able to view the image.
There doesn't seem to be an image.
There does not appear to be an image attached.
There seems to be no image attached.
There is nothing to describe.
You have not provided an image.
You didn't share an image.
Your message did not include an image.
Your message doesn't contain an image.
Once you upload the image, I can describe it.
If you upload the image, I will write alt text for it.
To write alt text, I need to see the image.
To help you, I need the image.
In order to write alt text I would need to see the image.
Without the image, I cannot write alt text.
Without seeing the image, it is impossible to describe it.
Since I cannot see the image, I can't describe it.
Because no image was provided, I can't answer.
As there is no image, I cannot write alt text.
Given that no image was provided, I can't write one.
Based on the information provided, I cannot describe the image.
Due to content restrictions, I can't describe this image.
For privacy reasons, I cannot describe the person in this image.
For safety reasons, I can't describe this.
Due to safety policies the image cannot be described.
My apologies, the image is missing.
Describing this image would violate my guidelines.
Content warning: I can't describe this.
This content is not allowed.
This image contains sensitive content that I cannot describe.
This image may contain inappropriate content and cannot be described.
I need more information about the image.
I need to see the image first.
I would need the image to help.
I need you to upload the image.
Can you upload the image?
Could you please share the picture?
Would you mind uploading the image again?
Which image do you mean?
What image would you like me to describe?
Where is the image?
Upload the image and I will describe it.
Send me the image please.
Share the image so that I can help.
Attach the image.
Waiting for the image.
[image missing]
[no image]
(no image)
*no image provided*
image not provided
I've been designed not to identify people.
I'm programmed not to do that.
I aim to be respectful, so I won't describe this.
I try not to describe people.
I strive to respect privacy, so I cannot identify the person.
While I can see there is a person, I can't identify them.
Although I can see the image, I cannot describe it.
Thank you for sharing, but I can't describe this image.
Thanks for your message! Unfortunately no image came through.
Ich kann leider keine Bilder ansehen.
Ich bin nicht in der Lage, Bilder zu sehen.
Ich habe kein Bild erhalten.
Ich habe keinen Zugriff auf das Bild.
Es ist kein Bild vorhanden.
Es scheint, dass kein Bild angehängt wurde.
Sie haben kein Bild hochgeladen.
Du hast kein Bild angehängt.
Bitte senden Sie mir das Bild.
Könnten Sie das Bild bitte hochladen?
Um einen Alternativtext zu schreiben, benötige ich das Bild.
Ohne das Bild kann ich keinen Alternativtext schreiben.
Da kein Bild vorliegt, kann ich keinen Text schreiben.
Bild nicht gefunden.
Bild konnte nicht geladen werden.
Kein Alternativtext möglich.
Dieses Bild kann ich nicht beschreiben.
Das kann ich nicht beschreiben.
Dabei kann ich nicht helfen.
Fehler beim Laden des Bildes.
Je ne peux pas décrire cette image.
Je n'arrive pas à voir l'image.
Désolé, je ne peux pas vous aider.
Vous n'avez pas fourni d'image.
Vous n'avez pas joint d'image.
Aucune photo jointe.
L'image est introuvable.
L'image semble manquante.
Image non disponible.
Image introuvable.
Pourriez-vous m'envoyer l'image ?
Envoyez-moi l'image s'il vous plaît.
Pour rédiger un texte alternatif, j'ai besoin de l'image.
Sans l'image, je ne peux pas rédiger de texte alternatif.
Il n'y a aucune image dans votre message.
Erreur de chargement de l'image.
No puedo ver imágenes.
No tengo acceso a la imagen.
No se adjuntó ninguna imagen.
No veo ninguna imagen.
No hay ninguna imagen adjunta.
No has adjuntado ninguna imagen.
Necesito ver la imagen para describirla.
Necesitaría que subas la imagen.
Sin la imagen no puedo escribir el texto.
Para escribir el texto alternativo necesito la imagen.
Imagen no disponible.
La imagen no se pudo cargar.
Sube la imagen, por favor.
¿Podrías compartir la imagen?
Error al cargar la imagen.
No me es posible ayudarte con eso.
Non posso descrivere questa immagine.
Non riesco a vedere l'immagine.
Non vedo alcuna immagine.
Non hai allegato nessuna immagine.
Nessuna immagine allegata.
Immagine non disponibile.
Ho bisogno dell'immagine per descriverla.
Carica l'immagine, per favore.
Puoi caricare l'immagine?
Sono spiacente, non posso aiutarti.
Senza l'immagine non posso scrivere il testo.
Não consigo ver a imagem.
Não há imagem anexada.
Nenhuma imagem foi enviada.
Você não enviou nenhuma imagem.
Preciso ver a imagem.
Imagem não disponível.
Sem a imagem não posso descrever.
Envie a imagem, por favor.
Sinto muito, não posso ajudar.
Ik kan de afbeelding niet zien.
Ik heb geen toegang tot de afbeelding.
U heeft geen afbeelding bijgevoegd.
Afbeelding niet beschikbaar.
Zonder de afbeelding kan ik geen tekst schrijven.
Kunt u de afbeelding uploaden?
Sorry, ik kan dit niet beschrijven.
Nie mogę opisać tego obrazu.
Nie widzę żadnego obrazu.
Nie dołączyłeś obrazu.
Obraz niedostępny.
Brak obrazu.
Potrzebuję zobaczyć obraz.
Bez obrazu nie mogę napisać tekstu.
Jag kan inte se bilden.
Jeg kan ikke se bildet.
Bilden saknas.
Kan ikke se billedet.
Du har inte bifogat någon bild.
Я не вижу изображения.
Я не могу описать это изображение.
Вы не прикрепили изображение.
Изображение недоступно.
Нет изображения.
Загрузите изображение, пожалуйста.
Мне нужно увидеть изображение.
Без изображения я не могу написать текст.
Простите, я не могу помочь.
画像が見えません。
画像が読み込めませんでした。
画像がありません。
画像を見ることができません。
この画像を説明することはできません。
お手伝いできません。
画像をアップロードしていただけますか？
画像を共有してください。
申し訳ございません。
すみませんが、画像が見当たりません。
人物の特定はできません。
我无法看到图片。
我看不到任何图片。
没有提供图片。
未提供图片。
图片无法加载。
图片加载失败。
请提供图片。
很抱歉，我无法描述该图片。
无法识别图片。
对不起，您没有上传图片。
作为AI，我不能看图片。
我不能描述这张图片。
您需要上传一张图片。
抱歉，没有看到图片。
無法載入圖片。
이미지를 볼 수 없어요.
이미지가 없습니다.
사진을 보내 주세요.
이미지를 설명할 수 없습니다.
죄송합니다.
첨부된 이미지가 없습니다.
제공된 이미지가 없습니다.
도와드릴 수 없습니다.
Görsel bulunamadı.
Görüntüyü göremiyorum.
Üzgünüm, yardımcı olamam.
Resmi göremiyorum.
Bu görseli açıklayamam.
لا يمكنني رؤية الصورة.
لم يتم إرفاق صورة.
آسف، لا أستطيع المساعدة.
लगता है कोई छवि संलग्न नहीं है।
मैं छवि नहीं देख सकता।
क्षमा करें, मैं मदद नहीं कर सकता।
Nevidím žádný obrázek.
Omlouvám se, ale nemohu popsat tento obrázek.
Bohužel nevidím obrázek.
En näe kuvaa.
Valitettavasti en voi auttaa.
Anteeksi, en voi kuvailla kuvaa.
Sajnálom, nem látom a képet.
Nem látok képet.
Îmi pare rău, nu pot vedea imaginea.
Nu pot vedea imaginea.
Вибачте, я не бачу зображення.
На жаль, я не можу допомогти.
Δεν μπορώ να δω την εικόνα.
Λυπάμαι, δεν μπορώ να βοηθήσω.
אני לא יכול לראות את התמונה.
מצטער, לא צורפה תמונה.
Tôi không thể xem hình ảnh.
Xin lỗi, tôi không thể giúp.
Maaf, saya tidak dapat melihat gambar.
Saya tidak bisa melihat gambar.
ขออภัย ฉันไม่สามารถดูรูปภาพได้
ไม่มีรูปภาพแนบมา
"""
GOOD = """
No smoking sign on a brick wall.
No one sits on the bench.
No image of the castle survives, a plaque says.
Images of dogs hang on a wall.
The image on the wall shows a dog.
The picture hangs crooked on the wall.
The photo is blurred and shows a street at night.
The image is split into two halves: summer and winter.
A sorry-looking snowman melts in the sun.
Sorry! says a card with a sad dog.
Unable to fly, a penguin walks along a beach.
Invalid ticket machine with a red light.
Error message on a blue screen: "Your PC ran into a problem."
Error 404 page with a lost astronaut.
Failed bridge over a river after a flood.
Waiting room with blue chairs.
Waiting for the bus: two people under an umbrella.
Please take a number, says a ticket machine.
I love New York T-shirt on a hanger.
I voted sticker on a jacket.
You are here: a map of the station.
You have not lived until you see the sea: a poster.
Without leaves, the tree stands black against the sky.
Without a helmet, a boy rides a bike.
While a dog sleeps, a cat eats from its bowl.
Although it rains, people sit outside a cafe.
Once a mill, now a museum: a brick house by the river.
If found, return to: a dog tag.
To the left a church, to the right a school.
To let: a sign in a window.
As seen on TV: a set of knives.
As the sun sets, a fisherman pulls in his net.
Can of beans on a shelf.
Could be worse: a cartoon of a man in the rain.
Where the wild things are: the cover of a book.
What a day: a child jumps into a lake.
Which way: a signpost with three arms.
Send button of a chat window.
Share of renewable energy: a pie chart with 40 % for wind.
Upload form with a button and a field for a file.
Upload icon: an arrow that points up out of a tray.
Attach button with a paper clip.
Nothing but sand and sky.
Nothing Phone 2 on a table.
Not for sale sign in a shop window.
There are no cars in the street.
There is a dog on the sofa.
There seems to be a storm coming over the fields.
Thank you card with flowers.
Thanks for shopping with us, says a bag.
Content of a handbag: keys, a phone, lipstick.
This is a dog.
This image shows a dog.
Bitte nicht füttern: ein Schild am Zaun.
Bitte klingeln, steht auf einem Schild.
Ohne Helm: ein Junge auf einem Rad.
Kein Durchgang: ein Schild an einer Mauer.
Keine Menschen am Strand, nur Möwen.
Bild eines Hundes in einem Rahmen.
Das Bild zeigt einen Hund.
Um den Tisch sitzen vier Menschen.
Da steht ein Pferd auf dem Flur.
Es ist kein Mensch auf der Straße.
Sie haben gewonnen: ein Plakat.
Sans titre, huile sur toile.
Sans casque, un garçon fait du vélo.
Pour elle : un flacon de parfum.
Il n'y a personne sur la plage.
Je t'aime écrit sur un mur.
Aucun nuage dans le ciel bleu.
Vous êtes ici : un plan de la gare.
L'image montre un chien.
No fumar: un cartel en la pared.
No entrar, dice un cartel.
Sin casco, un niño monta en bicicleta.
Para llevar: un vaso de café.
Necesito vacaciones: una taza con texto.
Por la calle pasa un perro.
Non disturbare: un cartello sulla porta.
Nessuno sulla spiaggia.
Senza casco un bambino va in bici.
Ho Chi Minh City at night.
Come un quadro: la valle nella nebbia.
Não fume: uma placa na parede.
Sem capacete, um menino anda de bicicleta.
Preciso de férias: uma caneca com texto.
Como um quadro: o vale na neblina.
Zonder helm fietst een jongen.
Geen toegang: een bord aan een hek.
Bez kasku chłopiec jedzie na rowerze.
Brak wstępu: tablica na płocie.
Нет дороги: знак у леса.
Вы здесь: карта станции.
Без шлема мальчик едет на велосипеде.
Как живая: статуя собаки.
画像処理ソフトの画面。
写真を撮る女性。
写真立てと花瓶が棚に置かれている。
図書館の入口。
人のいない海岸。
图片墙上挂着很多照片。
我爱北京天安门的海报。
没有人的海滩。
请勿吸烟的标志。
사진을 찍는 여자.
그림을 그리는 아이.
사람이 없는 해변.
Bir köpek kanepede uyuyor.
Bir kadın fotoğraf çekiyor.
Resim çizen bir çocuk.
لا تدخين: لافتة على جدار.
कोई नहीं है समुद्र तट पर।
Hund auf Sofa
Sorry, we're closed sign on a shop door.
Sorry we are closed: a sign in a window.
My apologies card with a teddy bear.
Access denied screen on a cash machine.
Request denied stamp in red ink.
No photos sign at a museum entrance.
No pictures on the wall of the empty room.
No picture frames stand on the shelf.
Photo not to scale: a model of a ship.
Unfortunately named cafe: a sign says "Bad Coffee".
"""


@pytest.mark.parametrize("answer", DECLINING.strip().splitlines())
def test_declining_is_no_text_wherever_it_is_said(answer):
    with pytest.raises(ImageError) as caught:
        read_answer(answer, ALT_TEXT_PROMPT, cut_off=False)
    assert caught.value.code == "refused"


@pytest.mark.parametrize("text", GOOD.strip().splitlines())
def test_a_text_that_sounds_like_declining_is_kept(text):
    assert read_answer(text, ALT_TEXT_PROMPT, cut_off=False).strip(".") == text.strip(".")
