/* SPDX-License-Identifier: MIT */
/* Made for these tests: they guard nothing and nobody. */
#include "unit/signer.h"

// clang-format off
const char *const signer_secrets[SIGNER_KEYS] = {
	[SIGNER_RSA] =
	    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDc134nv51Y"
	    "BYKeDjQb9DCVUKpB1ONBybprzVuq2rFJe6BSiM3iDko8KHlNORuHOw4ld1HV"
	    "g+MZZt59SmNtnfXfzp3frIEYo9uMwwybQ/4dXPIgu9c0WqyTKF+FR5IxkDgz"
	    "0vLfuazzs7tj/8jeQLnawrYJUt9n+FkgefdU3nwQ2UKQX7U6vecgSkCl7jk+"
	    "jYw/LNZra7f6XYgCZU1YjPjagF6enKELJ1jK5gFB5j50xMe/dV1R/zN2InVs"
	    "/lvMLKCtoxHF9wCQeHkXpZspzIW3zcrgCD01uC/g2cE7P03EFp2+mbeFr2MZ"
	    "MSlYKyj78XEZPfhE8Qlwmlkh8tIua98ZAgMBAAECggEALO8BoafIpWy1l2Av"
	    "dRKZwf/ALJXayXt4nU+S27AUi22GgNSKA3lB3HyltbMtaTX4WmItOeLUVcpK"
	    "8bYthdOyf9+j2qtYNwG7/aeADKVocmQDdeqSTno2i9iWmuElm0ULUmwU87Vt"
	    "PcavlZipL6N+zUZ50GrWvupWhBec3d1I5ApXxq2FFxDxZm5Oj36d6zOZRIiJ"
	    "3e1/tVDk3XaxwGIUUlhjV+xmMIU40V/bdwZxMY8Z61Wuz658XfspGFluI7I3"
	    "VjJ8RzA3t18wgaXBYx9q5I4LLXoPpBw51ooPDdsbFp2Nx+zOZOn8XeLbc75o"
	    "sLKolOW+DK+fXPCNx/wW/nsDSQKBgQD00sH6qWfoZmQPA64iB+IkLSdsnh9+"
	    "NKJ7x1CIz8UsNOy40y1W+lg/GMtSLeDIjFu1ymLHvjlRDwZgo4VBX2fC/oV0"
	    "9INGe31fkKh7EGFx4bV9vZzQPpwuv42Ng7JQZJnDuJIGOTNgGRSYr+oXd8CU"
	    "F8xGpXg8A6bTHow8zQ/JvQKBgQDm7HbFLsfcZHP+KrpRhbfi0mlGd9RUXZjV"
	    "OIHlfJo1hODDf4KjmTvkCNk2C26OvajiwmzrT1gvKvrixnLnAmTV19ug4BJY"
	    "YUbbzs3+KylI1+kPM0VrmVGMrXT8r8gt4gYhmGV4YZEE1hnylf/OFIlN+iII"
	    "C6kkkz5w0U4gEU/qjQKBgQDboj/XyianvUPCnICZkwzze3bE4M5MAJhMBzFe"
	    "q1auJATCguFICGsmn+23meTwxcp4ukoH+8WbzKjiBZDEZvzFWGUN2VXz41FE"
	    "bJhZXwasjdquJW8K+0BOSBaLgDx2FupDRc/quWI3sghiOl7+Era3pOnj7wqA"
	    "fJ4rBFq3KRgi2QKBgDBPwl1odxnNzlKbf9V0Y09J9ApxIXPxDPt20f4//kc6"
	    "IIfmEl/FvDjt/PuIkr28QiwGvyDPvcRIeqqdGAbqgkwW1/UlS9E/sMJl1sTZ"
	    "JM7/lNvAP0LOlbgXxgTjhb7Lrbqzlm8EAoH/hPgyl4z20O8GaL5EKkPjpkmW"
	    "EIE2/gA1AoGAV/mcUadCEi3MuEWFhSjthQ21DIyFJ6dqbCLnVGtqxIYuhr23"
	    "+iPCJEHcIkhfTw6Ng1A0eYkbj7lxgAIahfzGkGtWPtcIYA6Rcwl3w6itGMVe"
	    "CRbol97RtMIexvhmDnynIomnAfkZuJYBcJh0m2sd9nrXiah/N1uGE85HVenQ"
	    "Qu8=",
	[SIGNER_RSA_2] =
	    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDMVT/w46PR"
	    "jebiZp1LGbippy0oWAEQ2r1WWqLguuGFnhbiXJ040IbRaAYWt9AxmfF4SbJz"
	    "pS6N8G3tARY1erglXNr/vsmSZ3stTqjPsXAO7r/GYaBJm/LhSgxP5es+MmA0"
	    "fM6QXOBV+c6qARwEEusZ40h5KILJxZT5cR3S3evViWOF9UrLKemtno6P+is5"
	    "ae2w8ylg2nBbG0nKr21aaw67600lzvLmQ4ffKjk655B1UaI8bVad8QXb4lPm"
	    "YJKw2R63NM7WELLv4iUyBYMbwQIxYmVuuc0o41z+EvqJEN3g8oOsAqGi/1Aq"
	    "gU/acApVj/TutGJwIvA+ICB1R6ibw8/dAgMBAAECggEALU1RSdUOgu1VHSjn"
	    "ArmHKYX5CxLH2bbFd5nMtsp4KamtJS6nZOtGmLLZdrv2Gqko0iR0vhMHSUze"
	    "8kblZ6H3pcD6hO0Fv8HVm2vvHW0XjRf9yLvoT6mVpcFHDYfKKhX9ImXxXixZ"
	    "SHaEDUkFrxmKqkirzsDejmGR7+PWWuP833CbBW8GV37k6tcwQ5WdkZOkO3q0"
	    "zBoJFTKt+/gV+5YnM0Cs7mZMgKwk2cqhVh/KUI26rtpdnnH7ghlYDXjvFJyd"
	    "USZx/6KOnCuFftIcxEp+wNRGfg2VFCFufG4TWFh4MKXsJXTXCWw4YGkIW5cW"
	    "k0b0PZrAEj6GWuLZ6/Vg4T+U+QKBgQDnw5VXMXhiviY2pGw9y9KxdUMp/gih"
	    "xGtQmCcUMO7Y/NT0Qt+hpGaIWGbVpAP0QGIS26gPLdCpGkG53aXIQ2gKlyMN"
	    "8On5fxfRmAssbiFM8fyff3pYkQZzbVFyXO9YHrOafO9il58z3h8VSr2xaP7+"
	    "LmQ4haM54hE60mtu/LuMrwKBgQDhs1Pee+Vjqtxl91xvC64Jir5no61Qu+b+"
	    "VKQmxz2mTidLDfAlr8ruA7lupANH6ar3WnrZaZRLWP4MeI5PtBkgkXe13UiV"
	    "TzTs++jeOsNHh7jN9oFmZcgTgB0wP1+1BxkEQdbgN0JWo/WK/1axHfE0sFVH"
	    "ZGjwOtfgjDcEZtIHMwKBgBddaV3b9+YEg3e4xczJEpmfV8ERAi/EzIjYfgAU"
	    "GtA3VQS3BTKXj1qphtx854UlRH3gNSYqmUGjCwNA7CivWvrOV9Nc+UmU3YLc"
	    "0CuPgr3uG2i9AkmRfVP/rllYMyzwE208sSmAXaVt/DY6Tbtn+WUIqkPkfRsl"
	    "xlTmx7vtsL6zAoGAc+8ppZ7+tbOOgtINKP1W6I/cPmBVJqNehEX2C/VMNaDv"
	    "jh4avUEPfDNtjOeyx72/lE9ly0fwZMPRu5Yxg79/KLuQQlrobcnB5fmAJKcK"
	    "qDOPOjzlOzQNEfc9BwuGnfaHYyhut72q1dZiyoNehJxcyjPJmmJ5hOy09yMP"
	    "H7OxLwECgYEAmhPDiEs/F9kVDCkyarKHazIyJ4rGBieOYejwIJcqtzA4HLJx"
	    "A0IUSRex7atQW/HK21jhLzrAXpxpiHQqH5Hm8YbcNoo8vySL02XOjylZ0KCs"
	    "f6mec1eCk6wDIOOIBKQbZcgGjiThHeeoEMElNWWlI2YEr/14hcPNoDRIRFOT"
	    "LQ0=",
	[SIGNER_P256] =
	    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6JGrzNB6AY4g"
	    "yCtHR0cVgq+G4pb4PbJqOE3clXqQ0R6hRANCAATdD53H/BTskJ6lzyLZWTfS"
	    "Ta5Vvktl72XJyWb8XVoWYlN+kmfqFOTZNKBj1BxDO/KDg2+7TpddIE5l7nOa"
	    "z7Iq",
	[SIGNER_P256_2] =
	    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3W6aGkwjiBb8"
	    "ogFH3wh6Wgs5DCX2tCYoLiqQYoRNvy+hRANCAAQcH+QhzpdwOXu7FlvLgwY4"
	    "cWBclJPO67obQTXJTGKmMqO7fv9adVHNV1R+wF5bLhlHVctsmjb00E2OzRp6"
	    "aItJ",
	[SIGNER_P384] =
	    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDB7jBkg4ABcit+m"
	    "RyhNUcG3yw0Y1qsAlooDgARyC4eZ2hS4aI8poxhftUiE4ZOp6N+hZANiAARH"
	    "i7ngWgy/fEG4z4kJq1UxOEmxXSeOre7DNR1Yuj5THtbnFmIH9k6Na6R0V466"
	    "JYUu8M9CUGpJsgG/IufeRqFI56jAIoi543ipIaT4kf9qqdhv3V1rNBLwvZVk"
	    "nmtUloo=",
	[SIGNER_P521] =
	    "MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBq0dU7SZWGirI"
	    "gxNhOM4ZmwNvHYvsPVYnJ7T1We03DCYFI6mGeo7556B+/8vl1ufGDoFGdTFZ"
	    "dK7JC1cUObp+w4KhgYkDgYYABAFLtw4UjisEyxHQ9U97BPCsDvgFmEkmhC0T"
	    "G1zo1Mft+ERlnhD6/RGi2NjpDG1KDfJyDPNVNTgPJzvIzbbG5pGi1wBk2o+8"
	    "RuQBusSwX603GSnw2/iLLoUh7sTJlNQuciZM5xEgXDRKolXFTTamkS21LmNl"
	    "BdfHJRSYmPex5efJTftp3A==",
	[SIGNER_ED25519] =
	    "MC4CAQAwBQYDK2VwBCIEIOetxYHTp2If9IXub2VLB0HTQdDh9SCi85mvTP3UWFVd",
};
// clang-format on
