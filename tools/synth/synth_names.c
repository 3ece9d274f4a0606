/* SPDX-License-Identifier: MIT */
/* The names of what synth.c makes. */
#include "synth/synth.h"

#include <stdio.h>
#include <string.h>

enum { ADJECTIVES = 6, NOUNS = 8 };

static const struct {
    const char *name, *tag[SYNTH_GENRE_TAGS], *adjective[ADJECTIVES], *noun[NOUNS];
} genres[SYNTH_GENRES] = {
    {"drama",
     {"family", "small town", "courtroom", "coming of age", "loss", "letters"},
     {"Quiet", "Broken", "Second", "Distant", "Gentle", "Late"},
     {"Harbour", "Promise", "Winter", "Orchard", "Letter", "House", "Daughter", "River"}},
    {"comedy",
     {"slapstick", "office", "mistaken identity", "wedding", "neighbours", "satire"},
     {"Borrowed", "Perfect", "Noisy", "Unlikely", "Crooked", "Lucky"},
     {"Wedding", "Landlord", "Uncle", "Umbrella", "Honeymoon", "Waiter", "Piano", "Neighbour"}},
    {"crime",
     {"heist", "detective", "cold case", "undercover", "prison", "forgery"},
     {"Silent", "Crimson", "Forged", "Last", "Hidden", "Double"},
     {"Witness", "Alibi", "Ledger", "Inspector", "Vault", "Informer", "Verdict", "Suspect"}},
    {"romance",
     {"first love", "long distance", "reunion", "summer", "dance", "secret admirer"},
     {"Tender", "Secret", "Golden", "Forgotten", "Moonlit", "First"},
     {"Kiss", "Garden", "Summer", "Waltz", "Train", "Rose", "Confession", "Balcony"}},
    {"adventure",
     {"treasure", "jungle", "desert", "expedition", "island", "map"},
     {"Lost", "Emerald", "Hidden", "Burning", "Wild", "Seventh"},
     {"Compass", "Temple", "Caravan", "Island", "Canyon", "Idol", "Expedition", "Map"}},
    {"mystery",
     {"locked room", "manor", "inheritance", "fog", "riddle", "disappearance"},
     {"Vanishing", "Velvet", "Thirteenth", "Hollow", "Locked", "Grey"},
     {"Key", "Portrait", "Manor", "Clock", "Guest", "Cipher", "Stair", "Candle"}},
    {"science fiction",
     {"robots", "time travel", "first contact", "colony", "space station", "clones"},
     {"Electric", "Orbital", "Infinite", "Silver", "Cold", "Parallel"},
     {"Station", "Signal", "Engine", "Colony", "Star", "Archive", "Horizon", "Machine"}},
    {"horror",
     {"haunted house", "folk horror", "vampire", "asylum", "ritual", "creature"},
     {"Pale", "Whispering", "Black", "Buried", "Hungry", "Sleepless"},
     {"Cellar", "Chapel", "Doll", "Marsh", "Bell", "Shadow", "Grave", "Mirror"}},
    {"western",
     {"outlaws", "railroad", "gold rush", "ranch", "sheriff", "showdown"},
     {"Dusty", "Iron", "Lonesome", "Bitter", "Red", "High"},
     {"Saddle", "Mesa", "Marshal", "Creek", "Stagecoach", "Rider", "Ranch", "Noon"}},
    {"musical",
     {"jazz", "stage", "opera", "street dance", "choir", "band"},
     {"Midnight", "Bright", "Swinging", "Grand", "Blue", "Restless"},
     {"Serenade", "Cabaret", "Chorus", "Trumpet", "Overture", "Encore", "Melody", "Stage"}},
    {"war",
     {"submarine", "resistance", "trenches", "pilots", "home front", "codebreakers"},
     {"Fallen", "Steel", "Long", "Forgotten", "Northern", "Final"},
     {"Bridge", "Convoy", "Squadron", "Border", "Telegram", "Regiment", "Dawn", "Trench"}},
    {"animation",
     {"talking animals", "stop motion", "fairy tale", "hand drawn", "toys", "dragon"},
     {"Little", "Brave", "Curious", "Paper", "Flying", "Clockwork"},
     {"Fox", "Dragon", "Lantern", "Whale", "Kingdom", "Robin", "Cloud", "Tailor"}},
    {"documentary",
     {"nature", "ocean", "biography", "archive footage", "city portrait", "food"},
     {"Living", "Deep", "Unseen", "Common", "Vast", "Ordinary"},
     {"Ocean", "Forest", "Market", "Glacier", "Kitchen", "City", "Migration", "Century"}},
    {"sport",
     {"boxing", "football", "mountaineering", "underdog", "racing", "coach"},
     {"Winning", "Steep", "Golden", "Final", "Barefoot", "Relentless"},
     {"Round", "Season", "Summit", "Lap", "Champion", "Team", "Goal", "Sprint"}},
    {"history",
     {"ancient rome", "royal court", "pirates", "silk road", "revolution", "castle"},
     {"Royal", "Ancient", "Gilded", "Marble", "Stolen", "Imperial"},
     {"Crown", "Throne", "Legion", "Banner", "Empress", "Siege", "Scroll", "Fleet"}},
    {"fantasy",
     {"wizards", "quest", "prophecy", "elves", "enchanted forest", "sword"},
     {"Enchanted", "Shattered", "Eternal", "Crystal", "Sleeping", "Wandering"},
     {"Sword", "Tower", "Oracle", "Raven", "Realm", "Spell", "Stone", "Wizard"}},
};

static const char *const first_names[] = {
    "Ada",   "Bruno", "Clara",  "Dario", "Elena",   "Felix",  "Greta", "Hugo",
    "Ines",  "Jonas", "Kira",   "Leo",   "Marta",   "Nils",   "Olga",  "Pavel",
    "Quinn", "Rosa",  "Stefan", "Tessa", "Umberto", "Vera",   "Willa", "Xavier",
    "Yuki",  "Zoe",   "Aiko",   "Boris", "Carmen",  "Dmitri", "Edith", "Farid"};
static const char *const last_names[] = {
    "Abbott",   "Bergman", "Castillo", "Dawson",    "Eriksen", "Fontaine", "Garcia",    "Holloway",
    "Ivanov",   "Jensen",  "Kimura",   "Lindqvist", "Moreau",  "Novak",    "Okafor",    "Petrov",
    "Quigley",  "Rossi",   "Sato",     "Tanaka",    "Ueda",    "Vargas",   "Whitfield", "Xu",
    "Yamamoto", "Zeller",  "Almeida",  "Brandt",    "Corbin",  "Duarte",   "Eastman",   "Falk"};
static const char *const maker_names[] = {
    "Harbourlight", "Northgate",    "Blue Heron",  "Tamarind",   "Copperfield", "Silver Birch",
    "Kestrel",      "Lanternhouse", "Old Mill",    "Paper Moon", "Red Canoe",   "Saltmarsh",
    "Thornbury",    "Umbra",        "Violet Hour", "Westering"};
static const char *const maker_kinds[] = {"Films", "Pictures", "Studio", "Media"};
static const char *const labels[] = {"Classics", "Prime", "Nova"};
static const char *const common_tags[] = {"award winner",    "short",      "subtitled",
                                          "black and white", "interviews", "directors cut",
                                          "restored",        "debut"};

enum {
    FIRST_NAMES = sizeof first_names / sizeof *first_names,
    LAST_NAMES = sizeof last_names / sizeof *last_names,
    MAKER_NAMES = sizeof maker_names / sizeof *maker_names,
    MAKER_KINDS = sizeof maker_kinds / sizeof *maker_kinds,
    LABELS = sizeof labels / sizeof *labels,
    COMMON_TAGS = sizeof common_tags / sizeof *common_tags
};

/* RFC 4122, version 4 in form. */
void synth_uuid(char id[SYNTH_ID], uint64_t seed, uint32_t purpose, uint32_t index) {
    static const char digits[] = "0123456789abcdef";
    synth_random random = synth_random_begin(seed, purpose, index);
    uint64_t half[2] = {synth_random_next(&random), synth_random_next(&random)};
    half[0] = (half[0] & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    half[1] = (half[1] & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    size_t used = 0;
    for (int at = 0; at < 32; at++) {
        if (at == 8 || at == 12 || at == 16 || at == 20)
            id[used++] = '-';
        id[used++] = digits[half[at / 16] >> (60 - at % 16 * 4) & 15];
    }
    id[used] = '\0';
}

/* The same for all volumes of a series. */
static void base_title(char text[SYNTH_TEXT], const synth_world *world, const synth_video *video) {
    synth_random random = synth_random_begin(world->options.seed, SYNTH_TITLE, video->first);
    const char *adjective = genres[video->genre].adjective[synth_random_below(&random, ADJECTIVES)];
    uint32_t noun = synth_random_below(&random, NOUNS);
    uint32_t other = (noun + 1 + synth_random_below(&random, NOUNS - 1)) % NOUNS;
    const char *a = genres[video->genre].noun[noun], *b = genres[video->genre].noun[other];
    switch (synth_random_below(&random, 6)) {
    case 0:
        snprintf(text, SYNTH_TEXT, "The %s of the %s", a, b);
        break;
    case 1:
        snprintf(text, SYNTH_TEXT, "%s and %s", a, b);
        break;
    case 2:
        snprintf(text, SYNTH_TEXT, "%s %s", adjective, a);
        break;
    case 3:
        snprintf(text, SYNTH_TEXT, "Beyond the %s %s", adjective, a);
        break;
    default:
        snprintf(text, SYNTH_TEXT, "The %s %s", adjective, a);
    }
}

void synth_title(char text[SYNTH_TEXT], const synth_world *world, uint32_t video) {
    const synth_video *one = &world->video[video];
    base_title(text, world, one);
    size_t len = strlen(text);
    if (one->volume > 1)
        snprintf(text + len, SYNTH_TEXT - len, " %lu", (unsigned long)one->volume);
}

void synth_series(char text[SYNTH_TEXT], const synth_world *world, uint32_t video) {
    text[0] = '\0';
    if (world->video[video].volumes > 1)
        base_title(text, world, &world->video[video]);
}

/* Past the pairs of names come middle initials, then more of them. */
void synth_performer(char text[SYNTH_TEXT], uint32_t performer) {
    uint32_t pair = performer % (FIRST_NAMES * LAST_NAMES);
    uint32_t round = performer / (FIRST_NAMES * LAST_NAMES);
    int len = snprintf(text, SYNTH_TEXT, "%s ", first_names[pair % FIRST_NAMES]);
    for (; round; round = (round - 1) / 26)
        len += snprintf(text + len, SYNTH_TEXT - (size_t)len, "%c. ",
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(round - 1) % 26]);
    snprintf(text + len, SYNTH_TEXT - (size_t)len, "%s", last_names[pair / FIRST_NAMES]);
}

void synth_maker(char text[SYNTH_TEXT], uint32_t maker) {
    uint32_t pair = maker % (MAKER_NAMES * MAKER_KINDS);
    uint32_t round = maker / (MAKER_NAMES * MAKER_KINDS);
    int len = snprintf(text, SYNTH_TEXT, "%s %s", maker_names[pair % MAKER_NAMES],
                       maker_kinds[pair / MAKER_NAMES]);
    if (round)
        snprintf(text + len, SYNTH_TEXT - (size_t)len, " %lu", (unsigned long)round + 1);
}

void synth_label(char text[SYNTH_TEXT], const synth_world *world, uint32_t video) {
    const synth_video *one = &world->video[video];
    synth_random random = synth_random_begin(world->options.seed, SYNTH_LABEL, one->first);
    uint32_t label = synth_random_below(&random, LABELS + 2);
    text[0] = '\0';
    if (label >= LABELS)
        return;
    synth_maker(text, one->maker);
    size_t len = strlen(text);
    snprintf(text + len, SYNTH_TEXT - len, " %s", labels[label]);
}

/* The genres, two tags of the first genre, one of the second, and now and then a
 * common one. */
int synth_tag(char text[SYNTH_TEXT], const synth_world *world, uint32_t video, uint32_t at) {
    const synth_video *one = &world->video[video];
    synth_random random = synth_random_begin(world->options.seed, SYNTH_TAGS, video);
    const char *tag[6];
    uint32_t count = 0, own = synth_random_below(&random, SYNTH_GENRE_TAGS);
    uint32_t next = 1 + synth_random_below(&random, SYNTH_GENRE_TAGS - 1);
    tag[count++] = genres[one->genre].name;
    tag[count++] = genres[one->genre].tag[own];
    tag[count++] = genres[one->genre].tag[(own + next) % SYNTH_GENRE_TAGS];
    if (one->second_genre != SYNTH_NONE) {
        tag[count++] = genres[one->second_genre].name;
        tag[count++] = genres[one->second_genre].tag[synth_random_below(&random, SYNTH_GENRE_TAGS)];
    }
    uint32_t common = synth_random_below(&random, COMMON_TAGS * 4);
    if (common < COMMON_TAGS)
        tag[count++] = common_tags[common];
    if (at >= count)
        return 0;
    snprintf(text, SYNTH_TEXT, "%s", tag[at]);
    return 1;
}
