// What the client asks of a phone, which is not here: all else of it is the published code.
const facts = {
  ...{ appName: "App", appVersion: "1.0", buildNumber: "1", bundleId: "example.app", locale: "en_US", timezone: "UTC" },
  ...{ networkType: "wifi", osName: "iOS", osVersion: "17", screenHeight: 800, screenWidth: 400, screenDensity: 2 },
  ...{ manufacturer: "Apple", model: "iPhone15,2", deviceName: "iPhone", deviceId: "phone-1", deviceType: "ios" },
};
const subscription = { remove() {} };

exports.Platform = { OS: "ios", select: (choices) => choices.ios ?? choices.default };
exports.AppState = { currentState: "active", addEventListener: () => subscription };
exports.NativeModules = { AnalyticsReactNative: { getContextInfo: async () => facts }, Sovran: {} };
exports.NativeEventEmitter = class {
  addListener() {
    return subscription;
  }
};
