// The client has parts for pages, which nobody draws here.
exports.createContext = () => ({});
