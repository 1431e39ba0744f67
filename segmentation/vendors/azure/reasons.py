"""Why something of an Azure export is not understood, or is taken wider than it may be."""

from segmentation.model.text import Text

BAD_JSON = Text("JSON として読めません: {what}", "This is not JSON: {what}")
NOT_AN_EXPORT = Text("ネットワークセキュリティグループ（NSG）が含まれていません。", "It holds no network security group (NSG).")
UNKNOWN_KIND = Text(
    "種類「{name}」は読み取りの対象にありません。フィルターに関係する内容が含まれていないか確認してください。",
    "The kind {name} is not read. Check that it holds nothing that filters or opens.",
)
BAD_ADDRESS = Text("「{text}」はアドレス範囲ではありません。", "{text} is not an address range.")
BAD_PORT = Text("「{text}」はポートの範囲ではありません。", "{text} is not a range of ports.")
BAD_PROTOCOL = Text("プロトコル「{text}」は不明です。", "The protocol {text} is not known.")
INCOMPLETE = Text("規則の「{name}」が読み取れません。", "The {name} of the rule cannot be read.")
NO_RANGE = Text(
    "仮想ネットワークのアドレス範囲が含まれていないため、プライベートアドレス全体を仮想ネットワークとみなしました。"
    "「az network vnet list」の出力も一緒に指定してください。",
    "The export does not say which addresses the virtual network has; every private address is taken to be in it. "
    "Give the output of az network vnet list too.",
)
VIRTUAL_NETWORK = Text(
    "サービスタグ VirtualNetwork には、接続された庁内網やピアリング先も含まれます。どれが含まれるかは出力から分からないため、"
    "すべてのプライベートアドレスを「含まれるかもしれない」として扱いました。ユーザー定義ルートで公開アドレスを含めている場合は、"
    "この規則より先に拒否の規則を置いてください。",
    "The service tag VirtualNetwork also covers connected networks of the office and peered networks. Which ones the export "
    "does not say, so every private address may be in it. Where user-defined routes add public addresses, put a deny before.",
)
AFTER_APPLY = Text(
    "適用後に決まる値、または式のため、取り得る範囲をすべて含めました。",
    "This value is known only after the plan is applied, or is an expression; everything it may be is included.",
)
OTHER_SUBNET = Text(
    "このグループが適用されているサブネット「{name}」のアドレス範囲が含まれていません。"
    "「az network vnet list」の出力も一緒に指定してください。",
    "The addresses of the subnet {name}, where this group is, are not in the export. Give the output of az network vnet list.",
)
