// Language distances as ICU's LocaleMatcher has them: writes tests/fixtures/language-distances.json.
//
//   g++ -std=c++17 -o /tmp/language tests/oracles/language.cpp -licuuc -licui18n
//   /tmp/language > tests/fixtures/language-distances.json
//
// `distance` is CLDR's, in whole steps, or null where ICU finds the languages too far apart to serve the one for the other.
// Rows are wishes, columns films, both in the order of `languages`.
#include <cmath>
#include <cstdio>
#include <unicode/localematcher.h>
#include <unicode/uversion.h>

static const char *const LANGUAGES[] = {
    "nl", "nl-NL", "nl-BE", "fy", "li", "af", "en", "en-US", "en-GB", "en-AU", "en-IE", "en-IN", "en-CA", "de", "de-DE", "de-AT", "de-CH",
    "gsw", "lb", "fr", "fr-FR", "fr-BE", "fr-CA", "fr-CH", "br", "oc", "es", "es-ES", "es-MX", "es-AR", "es-419", "es-US", "ca", "eu", "gl",
    "pt", "pt-PT", "pt-BR", "pt-AO", "it", "it-CH", "da", "nb", "nn", "sv", "sv-FI", "fi", "is", "fo", "se", "pl", "cs", "sk", "hu", "ro",
    "bg", "uk", "ru", "be", "sr", "sr-Latn", "hr", "bs", "sl", "el", "tr", "az", "ar", "ar-EG", "ar-MA", "ar-SA", "he", "hi", "ur", "ta", "zh",
    "zh-CN", "zh-TW", "zh-HK", "zh-Hant", "yue", "ja", "ko", "vi", "id", "ms", "th", "cy", "ga", "mt", "lv", "lt", "et"};

int main() {
    UErrorCode status = U_ZERO_ERROR;
    icu::LocaleMatcher::Builder builder;
    builder.setSupportedLocalesFromListString("und");
    icu::LocaleMatcher matcher = builder.build(status);
    std::printf("{\"icu\":\"%s\",\"languages\":[", U_ICU_VERSION);
    const char *comma = "";
    for (const char *language : LANGUAGES) {
        std::printf("%s\"%s\"", comma, language);
        comma = ",";
    }
    std::printf("],\n\"distances\":[\n");
    const char *row_comma = "";
    for (const char *wish : LANGUAGES) {
        std::printf("%s[", row_comma);
        row_comma = ",\n";
        comma = "";
        for (const char *film : LANGUAGES) {
            double match = matcher.internalMatch(icu::Locale::forLanguageTag(wish, status), icu::Locale::forLanguageTag(film, status), status);
            if (match <= 0.5) {
                std::printf("%snull", comma);
            } else {
                std::printf("%s%d", comma, static_cast<int>(std::lround((1.0 - match) * 100)));
            }
            comma = ",";
        }
        std::printf("]");
    }
    std::printf("\n]}\n");
    return U_FAILURE(status);
}
