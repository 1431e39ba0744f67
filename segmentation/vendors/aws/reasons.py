"""Why something of an AWS export is not understood, or is taken wider than it may be."""

from segmentation.model.text import Text

BAD_JSON = Text("JSON として読めません: {what}", "This is not JSON: {what}")
UNKNOWN_KIND = Text(
    "「{name}」は読み取りの対象にない種類です。フィルターに関係する内容が含まれていないか確認してください。",
    "{name} is not a kind that is read. Check that it holds nothing that filters or opens.",
)
TRUNCATED = Text(
    "出力が途中で切れています（NextToken があります）。--no-paginate を付けずに書き出してください。",
    "The output is one page of several (it has a NextToken). Export it without --no-paginate.",
)
NOT_AN_EXPORT = Text(
    "セキュリティグループもネットワーク ACL も含まれていません。",
    "It holds neither security groups nor network ACLs.",
)
BAD_ADDRESS = Text("「{text}」はアドレス範囲ではありません。", "{text} is not an address range.")
BAD_PROTOCOL = Text("プロトコル「{text}」は不明です。", "The protocol {text} is not known.")
BAD_PORTS = Text("ポートの範囲が正しくありません。", "The range of ports is not valid.")
UNKNOWN_MEMBER = Text("項目「{name}」の意味は不明です。", "The meaning of the member {name} is not known.")
NO_RANGE = Text(
    "VPC のアドレス範囲が含まれていないため、プライベートアドレス全体を VPC とみなしました。"
    "describe-vpcs または describe-subnets の出力も一緒に指定してください。",
    "The export does not say which addresses the VPC has; every private address is taken to be in it. "
    "Give the output of describe-vpcs or describe-subnets too.",
)
AFTER_APPLY = Text(
    "適用後に決まる値のため、取り得る範囲をすべて含めました。",
    "This value is known only after the plan is applied; everything it may be is included.",
)
NO_ENTRY_NUMBER = Text("ACL の項目に番号がありません。", "The entry of the ACL has no number.")
OTHER_VPC = Text(
    "このグループの VPC「{name}」のアドレス範囲が含まれていないため、その VPC の通信は判定していません。",
    "The addresses of this group's VPC {name} are not in the export; what passes there is not judged.",
)
