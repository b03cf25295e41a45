"""Forms of Bitquery's data dumps, told apart by their columns; see ``bitquery``.

Columns as in https://github.com/bitquery/blockchain-cloud-data-dump-sample.
"""

from typing import Final

from transforms.readers.forms import Form

_COMMON: Final = frozenset({"Block_Date", "Transfer_AmountInUSD", "Transfer_URI", "Transfer_Data"})


def _form(name: str, required: str, optional: str = "", unread: str = "") -> Form:
    known = _COMMON | frozenset(unread.split())
    return Form(name, tuple(required.split()), tuple(optional.split()), known)


TRON_TRANSFERS: Final = _form(
    "bitquery tron transfers",
    "Block_Number Block_Time Transaction_Hash Transfer_Amount Transfer_Currency_Decimals "
    "Transfer_Sender Transfer_Receiver Transfer_Index Transfer_Success Contract_Type",
    "Transfer_Currency_SmartContract Transfer_Currency_AssetId Transfer_Currency_Native "
    "Transfer_Currency_Fungible Transfer_Currency_Symbol Transfer_TransactionIndex "
    "TransactionStatus_Success Transaction_Fee Transaction_FeePayer",
    "Transfer_CallIndex Transfer_LogIndex Transfer_Id Transfer_Currency_Delegated "
    "Transfer_Currency_DelegatedTo Transfer_Currency_Name Transfer_Currency_HasURI "
    "Transfer_Currency_ProtocolName Witness_* Transaction_FeeInUSD Log_* Contract_* Call_*",
)
TRON_TRANSACTIONS: Final = _form(
    "bitquery tron transactions",
    "Block_Number Block_Time Transaction_Hash Transaction_Fee Transaction_FeePayer "
    "Transaction_FeeLimit",
    "Transaction_Index",
    "Witness_* Transaction_* Contract_*",
)
SOLANA_TRANSFERS: Final = _form(
    "bitquery solana transfers",
    "Block_Slot Block_Time Transaction_Signature Instruction_Index Instruction_CallPath "
    "Transfer_Amount Transfer_Currency_Decimals Transfer_Currency_MintAddress "
    "Transfer_Sender_Address Transfer_Receiver_Address",
    "Transfer_Currency_Native Transfer_Currency_Fungible Transfer_Currency_Symbol Transfer_Index "
    "Transfer_Sender_Token_Owner Transfer_Receiver_Token_Owner Transaction_Index Transaction_Fee "
    "Transaction_FeePayer Transaction_Result_Success",
    "Block_* Instruction_* Transaction_* Transfer_*",
)
EVM_TRANSFERS: Final = _form(
    "bitquery transfers of an EVM chain",
    "Block_Number Block_Time Transaction_Hash Transfer_Amount Transfer_Currency_Decimals "
    "Transfer_Currency_SmartContract Transfer_Sender Transfer_Receiver Transfer_Index "
    "Transfer_Type",
    "Transfer_Currency_Native Transfer_Currency_Fungible Transfer_Currency_Symbol "
    "Transaction_Index TransactionStatus_Success Transfer_Success Fee_SenderFee",
    "Transaction_* Transfer_*",
)
BITCOIN_INPUTS: Final = _form(
    "bitquery bitcoin inputs",
    "block tx_time tx_hash transaction_index input_index input_address value_decimal",
    "",
    "tx_date blockchain_id output_tx_hash output_transaction_index input_* script_template "
    "value_in_usd value",
)
BITCOIN_OUTPUTS: Final = _form(
    "bitquery bitcoin outputs",
    "block tx_time tx_hash transaction_index output_index output_address value_decimal",
    "direction",
    "tx_date blockchain_id block_timestamp date output_* script_* req_sigs value_in_usd value",
)
OMNI_TRANSFERS: Final = _form(
    "bitquery omni transfers",
    "block tx_time tx_hash tx_index transfer_from transfer_to value divisible currency_token_id",
    "block_hash direction type",
    "tx_date blockchain_id type_int tx_sender ismine currency_name currency_symbol "
    "currency_address",
)
